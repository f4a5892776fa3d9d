import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConfigMap, Deployment } from '@kairship/api/builtin'
import { ConfigMaps, Deployments, Namespaces } from '@kairship/api/builtin'
import type { Connection, JsonObject, Operation, WatchEvent } from '@kairship/apimachinery'
import { ApiError } from '@kairship/apimachinery'
import type { Client } from '../client.ts'
import { discover } from '../discovery/discovery.ts'
import { findResource } from '../discovery/find.ts'
import { edit } from '../objects.ts'
import { createClient } from '../typed-client.ts'

export interface OpenConnection extends AsyncDisposable {
  readonly connection: Connection
}

/** A test that is not run, with the reason, which is printed. */
export interface ContractOptions {
  readonly skip?: readonly { readonly test: string; readonly reason: string }[]
}

/**
 * What every way to a Kubernetes API must do alike: the same suite runs over our in-process door, over HTTPS, and can run
 * over a connection to anyone's kube-apiserver. `open` gives administrator rights; the suite works in a namespace of its
 * own.
 */
export function connectionContract(
  name: string,
  open: () => Promise<OpenConnection>,
  options: ContractOptions = {},
): void {
  const namespace = `contract-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`
  const skipped = new Map(options.skip?.map(({ test, reason }) => [test, reason]))
  const test = (title: string, run: () => Promise<void>): void => {
    const reason = skipped.get(title)
    if (reason === undefined) it(title, run)
    else it.skip(`${title} (${reason})`, run)
  }

  describe(`a connection: ${name}`, () => {
    let opened: OpenConnection
    let connection: Connection
    let client: Client
    beforeAll(async () => {
      opened = await open()
      connection = opened.connection
      client = createClient(connection)
      await client.of(Namespaces).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    })
    afterAll(() => opened[Symbol.asyncDispose]())

    const maps = () => client.of(ConfigMaps, namespace)
    const map = (
      name: string,
      data: { [key: string]: string } = {},
      labels: { [key: string]: string } = {},
    ): ConfigMap => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, labels },
      data,
    })
    const operation = (verb: Operation['verb'], more: Partial<Operation> = {}): Operation => ({
      verb,
      group: '',
      version: 'v1',
      resource: 'configmaps',
      namespace,
      ...more,
    })

    test('stores, returns, changes and removes an object', async () => {
      const created = await maps().create(map('life', { a: '1' }))
      expect(created.metadata).toMatchObject({ name: 'life', namespace, uid: expect.any(String) })
      expect(await maps().get('life')).toEqual(created)
      const draft = edit<ConfigMap>(created)
      draft.data = { a: '2' }
      const updated = await maps().update(draft)
      expect(updated.data).toEqual({ a: '2' })
      expect(updated.metadata.resourceVersion).not.toBe(created.metadata.resourceVersion)
      expect((await maps().get('life')).data).toEqual({ a: '2' })
      await maps().delete('life')
      expect(await maps().find('life')).toBeUndefined()
    })

    test('gives copies that can be edited without changing what others read', async () => {
      const created = await maps().create(map('mine', { a: '1' }))
      const draft = edit<ConfigMap>(created)
      draft.data = { a: 'changed' }
      draft.metadata.labels = { changed: 'yes' }
      expect((await maps().get('mine')).data).toEqual({ a: '1' })
    })

    test('does not write what is there already', async () => {
      const created = await maps().create(map('same', { a: '1' }))
      const again = await maps().update(edit<ConfigMap>(created))
      expect(again.metadata.resourceVersion).toBe(created.metadata.resourceVersion)
    })

    test('answers failures with a Status, and the client throws them', async () => {
      const missing = await connection.request(operation('get', { name: 'nobody' }))
      expect(missing.status).toBe(404)
      expect(missing.body).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 })
      await expect(maps().get('nobody')).rejects.toThrow(ApiError)
      await maps().create(map('taken'))
      await expect(maps().create(map('taken'))).rejects.toMatchObject({ reason: 'AlreadyExists', code: 409 })
      const stale = await maps().get('taken')
      await maps().update({ ...edit<ConfigMap>(stale), data: { first: 'won' } })
      await expect(maps().update({ ...edit<ConfigMap>(stale), data: { second: 'lost' } })).rejects.toMatchObject({
        reason: 'Conflict',
        code: 409,
      })
      expect((await maps().get('taken')).data).toEqual({ first: 'won' })
    })

    test('tells unknown resources and versions from missing objects', async () => {
      const unknown = await connection.request(operation('get', { resource: 'nonsense', name: 'x' }))
      expect(unknown).toMatchObject({ status: 404, body: { kind: 'Status', reason: 'NotFound' } })
      const version = await connection.request(operation('list', { group: 'no.such.group', version: 'v1' }))
      expect(version).toMatchObject({ status: 404, body: { kind: 'Status', code: 404 } })
    })

    test('patches in every form', async () => {
      await maps().create(map('patched', { a: '1', b: '2' }))
      await maps().patch('patched', 'merge', { data: { a: null, c: '3' } })
      await maps().patch('patched', 'json', [{ op: 'replace', path: '/data/b', value: 'two' }])
      await maps().patch('patched', 'strategic', { metadata: { labels: { x: 'y' } } })
      const applied = await maps().apply(
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'patched', namespace }, data: { d: '4' } },
        { fieldManager: 'contract' },
      )
      expect(applied.data).toEqual({ b: 'two', c: '3', d: '4' })
      expect(applied.metadata.labels).toEqual({ x: 'y' })
      await expect(
        maps().patch('patched', 'json', [{ op: 'test', path: '/data/b', value: 'no' }]),
      ).rejects.toMatchObject({
        code: 422,
      })
    })

    test('keeps status and the rest apart', async () => {
      const deployments = client.of(Deployments, namespace)
      const wanted: Deployment = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'apart', namespace },
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: 'apart' } },
          template: { metadata: { labels: { app: 'apart' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
        },
        status: { replicas: 7 },
      }
      const created = await deployments.create(wanted)
      expect(created.status?.replicas).toBeUndefined()
      const draft = edit<Deployment>(created)
      draft.status = { replicas: 1, observedGeneration: 1 }
      if (draft.spec !== undefined) draft.spec.replicas = 9
      const reported = await deployments.updateStatus(draft)
      expect(reported).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 1 }, metadata: { generation: 1 } })
    })

    test('lists by selector and in pages', async () => {
      for (const index of [1, 2, 3, 4, 5]) await maps().create(map(`page-${index}`, {}, { set: 'pages' }))
      const first = await maps().list({ labelSelector: 'set in (pages)', limit: 2 })
      expect(first.items.map(({ metadata }) => metadata.name)).toEqual(['page-1', 'page-2'])
      const rest: string[] = []
      for (let next = first.continue; next !== undefined; ) {
        const page = await maps().list({ labelSelector: 'set in (pages)', limit: 2, continue: next })
        expect(page.resourceVersion).toBe(first.resourceVersion)
        rest.push(...page.items.map(({ metadata }) => metadata.name ?? ''))
        next = page.continue
      }
      expect(rest).toEqual(['page-3', 'page-4', 'page-5'])
      const one = await maps().list({ fieldSelector: 'metadata.name=page-3' })
      expect(one.items).toHaveLength(1)
      expect(one.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' })
      await maps().deleteCollection({ labelSelector: 'set=pages' })
      expect((await maps().list({ labelSelector: 'set=pages' })).items).toEqual([])
    })

    test('delivers every change after a version once and in order, until it is stopped', async () => {
      const { resourceVersion } = await maps().list()
      await maps().create(map('watched', { n: '0' }, { seen: 'yes' }))
      const stop = new AbortController()
      const events: string[] = []
      const watching = (async () => {
        for await (const batch of maps().watch({ resourceVersion, labelSelector: 'seen=yes', signal: stop.signal })) {
          for (const event of batch) {
            if (event.type === 'BOOKMARK') continue
            expect(event.object.kind).toBe('ConfigMap')
            events.push(`${event.type} ${event.object.data?.['n'] ?? ''}`)
          }
          if (events.at(-1)?.startsWith('DELETED')) stop.abort()
        }
      })()
      for (const n of ['1', '2', '3']) await maps().patch('watched', 'merge', { data: { n } })
      // It leaves the selection: gone for this watcher, though not for others.
      await maps().patch('watched', 'merge', { metadata: { labels: { seen: 'no' } } })
      await watching
      expect(events).toEqual(['ADDED 0', 'MODIFIED 1', 'MODIFIED 2', 'MODIFIED 3', 'DELETED 3'])
    })

    test('streams the current state first when asked to, and says where it ends', async () => {
      await maps().create(map('initial-a', {}, { initial: 'yes' }))
      await maps().create(map('initial-b', {}, { initial: 'yes' }))
      const stop = new AbortController()
      const seen: WatchEvent<ConfigMap>[] = []
      const stream = maps().watch({
        labelSelector: 'initial=yes',
        sendInitialEvents: true,
        resourceVersionMatch: 'NotOlderThan',
        allowWatchBookmarks: true,
        signal: stop.signal,
      })
      for await (const batch of stream) {
        seen.push(...batch)
        if (batch.some((event) => event.type === 'BOOKMARK' && event.initialEventsEnd)) stop.abort()
      }
      expect(seen.map(({ type }) => type)).toEqual(['ADDED', 'ADDED', 'BOOKMARK'])
    })

    test('ends a watch quietly when its time is over', async () => {
      const { resourceVersion } = await maps().list()
      const signal = new AbortController().signal
      let events = 0
      for await (const batch of maps().watch({ resourceVersion, timeoutSeconds: 1, signal })) events += batch.length
      expect(events).toBe(0)
    })

    test('throws from a watch that is refused', async () => {
      const watch = connection.watch(operation('watch', { resource: 'nonsense' }), new AbortController().signal)
      const read = async (): Promise<void> => {
        for await (const _batch of watch);
      }
      await expect(read()).rejects.toMatchObject({ name: 'ApiError', code: 404 })
    })

    test('tries without doing', async () => {
      const tried = await maps().create(map('never'), { dryRun: true })
      expect(tried.metadata.uid).toBeDefined()
      expect(await maps().find('never')).toBeUndefined()
    })

    test('warns about unknown fields, or refuses them', async () => {
      const body: JsonObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'odd' }, nonsense: true }
      const warned = await connection.request(operation('create', { body, query: { fieldValidation: 'Warn' } }))
      expect(warned).toMatchObject({ status: 201, warnings: ['unknown field "nonsense"'] })
      const refused = await connection.request(
        operation('create', { body: { ...body, metadata: { name: 'odd-2' } }, query: { fieldValidation: 'Strict' } }),
      )
      expect(refused).toMatchObject({ status: 400, body: { reason: 'BadRequest' } })
    })

    test('rejects with the reason of the signal when a request is given up', async () => {
      const stop = new AbortController()
      stop.abort(new Error('given up'))
      await expect(connection.request(operation('list'), stop.signal)).rejects.toThrow('given up')
    })

    test('answers what is no resource', async () => {
      const version = await connection.raw('/version')
      expect(version.status).toBe(200)
      expect(JSON.parse(new TextDecoder().decode(version.body))).toMatchObject({ major: '1' })
      expect(new TextDecoder().decode((await connection.raw('/readyz')).body)).toBe('ok')
      expect((await connection.raw('/no/such/path')).status).toBe(404)
    })

    test('describes what it serves', async () => {
      const discovery = await discover(connection)
      expect(discovery.serverVersion).toMatch(/^v1\.\d+/)
      expect(discovery.failures).toEqual([])
      expect(findResource(discovery, 'deploy')).toMatchObject({
        group: 'apps',
        version: 'v1',
        resource: 'deployments',
        kind: 'Deployment',
        namespaced: true,
      })
      expect(findResource(discovery, 'deploy')?.verbs).toContain('watch')
      expect(findResource(discovery, 'deploy')?.subresources).toContain('status')
      expect(findResource(discovery, 'Namespace')).toMatchObject({
        group: '',
        resource: 'namespaces',
        namespaced: false,
      })
    })
  })
}
