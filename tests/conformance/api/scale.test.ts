import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deployment, foo, fooCrd, install } from './objects.ts'
import { at, startWorld, type World } from './support.ts'

const merge = 'application/merge-patch+json'
const strategic = 'application/strategic-merge-patch+json'

describe('Scale', () => {
  let world: World
  const deployments = '/apis/apps/v1/namespaces/test/deployments'
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  beforeAll(async () => {
    world = await startWorld()
    await world.namespace('test')
    await install(world, fooCrd())
    await world.ok('POST', deployments, { body: deployment('web') })
    await world.ok('POST', foos, { body: foo('web', { spec: { replicas: 1 } }) })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  it('reads as autoscaling/v1 Scale with uid and revision of its object', async () => {
    for (const [path, selector] of [
      [`${deployments}/web`, { selector: 'app=web' }],
      [`${foos}/web`, {}],
    ] as const) {
      const parent = await world.ok('GET', path)
      const scale = await world.ok('GET', `${path}/scale`)
      expect(scale).toMatchObject({
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        metadata: {
          name: 'web',
          namespace: 'test',
          uid: at(parent, 'metadata.uid'),
          resourceVersion: at(parent, 'metadata.resourceVersion'),
          creationTimestamp: at(parent, 'metadata.creationTimestamp'),
        },
        spec: { replicas: 1 },
        status: { replicas: 0, ...selector },
      })
    }
  })

  it('takes PUT and PATCH, which change the replicas of the object', async () => {
    for (const path of [`${deployments}/web`, `${foos}/web`]) {
      const scale = await world.ok('GET', `${path}/scale`)
      const put = await world.ok('PUT', `${path}/scale`, { body: { ...scale, spec: { replicas: 3 } } })
      expect([put['kind'], at(put, 'spec.replicas')]).toEqual(['Scale', 3])
      expect(at(await world.ok('GET', path), 'spec.replicas')).toBe(3)
      for (const type of [merge, strategic]) {
        if (type === strategic && path.startsWith(foos)) continue
        const patched = await world.ok('PATCH', `${path}/scale`, { type, body: { spec: { replicas: 4 } } })
        expect([patched['kind'], at(patched, 'spec.replicas')]).toEqual(['Scale', 4])
      }
      expect(at(await world.ok('GET', path), 'spec.replicas')).toBe(4)
    }
  })

  it('refuses a stale revision: 409', async () => {
    for (const [path, resource] of [
      [`${deployments}/web`, 'deployments.apps'],
      [`${foos}/web`, 'foos.ex.io'],
    ] as const) {
      const scale = await world.ok('GET', `${path}/scale`)
      await world.ok('PUT', `${path}/scale`, { body: { ...scale, spec: { replicas: 7 } } })
      const refused = await world.refused('PUT', `${path}/scale`, { body: { ...scale, spec: { replicas: 8 } } })
      expect([refused.code, refused.reason]).toEqual([409, 'Conflict'])
      expect(refused.message).toContain(`Operation cannot be fulfilled on ${resource} "web": `)
    }
  })

  it('refuses bodies of another kind: 400', async () => {
    for (const path of [`${deployments}/web`, `${foos}/web`]) {
      const body = { kind: 'Deployment', apiVersion: 'apps/v1', metadata: { name: 'web' } }
      expect(await world.refused('PUT', `${path}/scale`, { body })).toMatchObject({
        code: 400,
        message:
          'Deployment in version "v1" cannot be handled as a Scale: converting (v1.Deployment) to (autoscaling.Scale): ' +
          'unknown conversion',
      })
    }
  })

  it('refuses negative replicas: 422', async () => {
    for (const path of [`${deployments}/web`, `${foos}/web`]) {
      const body = { spec: { replicas: -1 } }
      const refused = await world.refused('PATCH', `${path}/scale`, { type: merge, body })
      expect(refused.code).toBe(422)
      expect(refused.message).toContain('spec.replicas: Invalid value: -1: must be greater than or equal to 0')
    }
  })
})
