import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Deployment } from '@kairship/api/builtin'
import { Deployments } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { startTestServer } from '@kairship/apiserver/testing'
import type { TestServer } from '@kairship/apiserver/testing'
import { createClient, edit } from '@kairship/client'
import { silentLogger } from '@kairship/runtime'
import { committer } from './committer.ts'
import type { ReconcileContext, Step } from './contracts.ts'
import { TerminalError } from './controller.ts'
import { stepwise } from './stepwise.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const deployments = () => createClient(server.connection).of(Deployments, 'default')
const commit = committer<Deployment>({ resource: () => deployments() })
let count = 0
let before: DeepReadonly<Deployment>
let draft: Deployment
beforeEach(async () => {
  const name = `d${count++}`
  before = await deployments().create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  })
  draft = edit<Deployment>(before)
})
const now = () => deployments().get(before.metadata.name ?? '')
const label = (value: string) =>
  deployments().patch(before.metadata.name ?? '', 'merge', { metadata: { labels: { l: value } } })
const report = async (replicas: number) => {
  const other = edit<Deployment>(await now())
  other.status = { replicas }
  await deployments().updateStatus(other)
}

describe('a committer', () => {
  it('writes nothing when nothing changed', async () => {
    await commit(before, draft)
    expect((await now()).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
  })

  it('writes metadata and spec, or the status', async () => {
    draft.metadata.labels = { a: 'b' }
    if (draft.spec !== undefined) draft.spec.replicas = 5
    await commit(before, draft)
    const after = await now()
    expect(after).toMatchObject({ metadata: { labels: { a: 'b' } }, spec: { replicas: 5 } })
    const next = edit<Deployment>(after)
    next.status = { replicas: 5 }
    await commit(after, next)
    expect((await now()).status).toEqual({ replicas: 5 })
  })

  it('refuses to change status and spec at once, and writes neither', async () => {
    if (draft.spec !== undefined) draft.spec.replicas = 5
    draft.status = { replicas: 5 }
    await expect(commit(before, draft)).rejects.toThrow(TerminalError)
    expect((await now()).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
  })

  it('writes a status although a label changed meanwhile, and keeps the label', async () => {
    await label('theirs')
    draft.status = { replicas: 3 }
    await commit(before, draft)
    expect(await now()).toMatchObject({ metadata: { labels: { l: 'theirs' } }, status: { replicas: 3 } })
  })

  it('does not write a status that was decided on another generation or over another status', async () => {
    await deployments().patch(before.metadata.name ?? '', 'merge', { spec: { replicas: 9 } })
    draft.status = { replicas: 3 }
    await expect(commit(before, draft)).rejects.toMatchObject({ reason: 'Conflict' })
    const again = await now()
    const fresh = edit<Deployment>(again)
    fresh.status = { replicas: 3 }
    await report(8)
    await expect(commit(again, fresh)).rejects.toMatchObject({ reason: 'Conflict' })
    expect((await now()).status).toEqual({ replicas: 8 })
  })

  it('writes a spec although the status changed meanwhile, but not over another spec', async () => {
    await report(7)
    if (draft.spec !== undefined) draft.spec.replicas = 5
    await commit(before, draft)
    expect(await now()).toMatchObject({ spec: { replicas: 5 }, status: { replicas: 7 } })
    if (draft.spec !== undefined) draft.spec.replicas = 6
    await expect(commit(before, draft)).rejects.toMatchObject({ reason: 'Conflict' })
    expect((await now()).spec?.replicas).toBe(5)
  })

  it('does not write into an object that took the name of another', async () => {
    await deployments().delete(before.metadata.name ?? '')
    const { resourceVersion: _, uid: __, ...metadata } = edit<Deployment>(before).metadata
    await deployments().create({ ...edit<Deployment>(before), metadata })
    draft.status = { replicas: 3 }
    await expect(commit(before, draft)).rejects.toMatchObject({ reason: 'Conflict' })
    expect((await now()).status?.replicas).toBeUndefined()
  })
})

describe('a reconciler of steps', () => {
  const context: ReconcileContext = { signal: new AbortController().signal, log: silentLogger() }
  const reconcile = (steps: readonly Step<Deployment>[]) =>
    stepwise<string, Deployment, Deployment>({
      read: now,
      draft: (object) => edit<Deployment>(object),
      steps,
      commit,
    }).reconcile('', context)
  const status = (replicas: number): Step<Deployment> => ({
    name: `status ${replicas}`,
    run(object) {
      object.status = { replicas }
      return 'continue'
    },
  })

  it('runs them in order and writes once', async () => {
    await reconcile([status(1), status(2)])
    const after = await now()
    expect(after.status).toEqual({ replicas: 2 })
    expect(Number(after.metadata.resourceVersion) - Number(before.metadata.resourceVersion)).toBe(1)
  })

  it('ends at the step that stops or asks for more time', async () => {
    expect(await reconcile([status(1), { name: 'stop', run: () => 'stop' }, status(2)])).toBeUndefined()
    expect((await now()).status).toEqual({ replicas: 1 })
    expect(await reconcile([{ name: 'wait', run: () => ({ requeueAfterMs: 50 }) }, status(2)])).toEqual({
      requeueAfterMs: 50,
    })
    expect((await now()).status).toEqual({ replicas: 1 })
  })

  it('keeps what the steps before a failure found out', async () => {
    const fails: Step<Deployment> = {
      name: 'fails',
      run() {
        throw new Error('no')
      },
    }
    await expect(reconcile([status(4), fails, status(5)])).rejects.toThrow('no')
    expect((await now()).status).toEqual({ replicas: 4 })
  })
})
