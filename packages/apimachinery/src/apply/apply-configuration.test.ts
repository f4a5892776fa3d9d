import { describe, expect, it } from 'vitest'
import type { ApplyConfiguration, KubeObject, ManagedFieldsEntry, Shape } from '../index.ts'
import { ApiError, applyConfiguration, deepFreeze, isUnchanged, trackUpdate } from '../index.ts'
import { configMap, deployment, schemaless } from './apply.fixture.ts'

type Json = { [key: string]: unknown }
type Entry = ManagedFieldsEntry

/** An object on a server that only applies and updates, to tell stories with. */
class Server {
  live: (KubeObject & Json) | undefined
  readonly #shape: Shape
  readonly #apiVersion: string
  #time = 0
  constructor(shape: Shape, apiVersion: string) {
    this.#shape = shape
    this.#apiVersion = apiVersion
  }
  get #base() {
    const time = `2026-01-01T00:00:${String(this.#time++).padStart(2, '0')}Z`
    return { shape: this.#shape, apiVersion: this.#apiVersion, subresource: '', separateStatus: true, time }
  }
  apply(manager: string, config: Json, options?: Partial<ApplyConfiguration>): boolean {
    const body = deepFreeze({ apiVersion: this.#apiVersion, kind: 'X', metadata: { name: 'd' }, ...config }) as never
    const applied = applyConfiguration({
      ...this.#base,
      live: this.live,
      config: body,
      manager,
      force: false,
      ...options,
    })
    if (this.live !== undefined && isUnchanged(this.live, applied)) return false
    this.#store(applied.object as never, applied.managedFields)
    return true
  }
  update(manager: string, change: (object: Json) => void, subresource = ''): void {
    const next = structuredClone(this.live ?? { metadata: { name: 'd' } }) as KubeObject & Json
    change(next)
    const managedFields = trackUpdate({ ...this.#base, old: this.live, next, manager, subresource })
    this.#store(next, managedFields)
  }
  #store(object: KubeObject, managedFields: unknown): void {
    this.live = deepFreeze({ ...object, metadata: { ...object.metadata, managedFields } }) as never
  }
  owner(manager: string): Entry | undefined {
    return this.live?.metadata.managedFields?.find((entry) => entry.manager === manager)
  }
  fields(manager: string): unknown {
    return this.owner(manager)?.fieldsV1
  }
}

const failure = (run: () => unknown): ApiError => {
  try {
    run()
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
  throw new Error('did not fail')
}
const configMaps = () => new Server(configMap, 'v1')
const deployments = () => new Server(deployment, 'apps/v1')
const containers = (server: Server) => Object(server.live?.['spec']).containers

describe('server-side apply', () => {
  it('creates an object whose applier owns what it said, and nothing of the system', () => {
    const server = deployments()
    server.apply('m', {
      metadata: { name: 'd', namespace: 'n', labels: { a: 'b' } },
      spec: { selector: { matchLabels: { a: 'b' } }, containers: [{ name: 'c', ports: [{ containerPort: 80 }] }] },
    })
    expect(server.live?.metadata.managedFields).toEqual([
      {
        manager: 'm',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:a': {} } },
          'f:spec': {
            'f:selector': {},
            'f:containers': {
              'k:{"name":"c"}': {
                '.': {},
                'f:name': {},
                'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
              },
            },
          },
        },
      },
    ])
  })

  it('repeating an apply changes nothing, not even a time', () => {
    const server = configMaps()
    expect(server.apply('m', { data: { a: '1' } })).toBe(true)
    const before = server.live
    expect(server.apply('m', { data: { a: '1' } })).toBe(false)
    expect(server.live).toBe(before)
  })

  it('removes what its manager dropped and leaves what others own', () => {
    const server = configMaps()
    server.apply('one', { metadata: { name: 'd', labels: { x: 'y' } }, data: { a: '1', b: '1', c: '1' } })
    server.apply('two', { data: { b: '1' } })
    server.update('three', (object) => Object.assign(Object(object['data']), { d: '1' }))
    server.apply('one', { data: { a: '1' } })
    expect(server.live?.['data']).toEqual({ a: '1', b: '1', d: '1' })
    expect(server.live?.metadata.labels).toBeUndefined()
    expect(server.fields('one')).toEqual({ 'f:data': { 'f:a': {} } })
    server.apply('one', {})
    expect(server.live?.['data']).toEqual({ b: '1', d: '1' })
    expect(server.owner('one')).toBeUndefined()
  })

  it('keeps the name when nothing else of the metadata is applied any more', () => {
    const server = new Server(deployment, 'apps/v1')
    server.apply('a', { metadata: { name: 'd', annotations: { note: 'x' } }, spec: { replicas: 1 } })
    server.apply('a', { metadata: { name: 'd' }, spec: { replicas: 1 } })
    expect(server.live?.metadata).toMatchObject({ name: 'd' })
    expect(server.live?.metadata.annotations).toBeUndefined()
  })

  it('removes list items, and keeps those of others in their place', () => {
    const server = deployments()
    server.apply('one', {
      spec: {
        containers: [
          { name: 'a', image: '1' },
          { name: 'b', image: '1' },
        ],
      },
    })
    server.apply('two', { spec: { containers: [{ name: 'side', image: '1' }] } })
    expect(containers(server).map((each: Json) => each['name'])).toEqual(['a', 'b', 'side'])
    server.apply('one', {
      spec: {
        containers: [
          { name: 'new', image: '1' },
          { name: 'b', image: '1' },
        ],
      },
    })
    expect(containers(server).map((each: Json) => each['name'])).toEqual(['new', 'b', 'side'])
    server.apply('one', { spec: {} })
    expect(containers(server)).toEqual([{ name: 'side', image: '1' }])
  })

  it('removes one field of a shared list item', () => {
    const server = deployments()
    server.apply('one', { spec: { containers: [{ name: 'a', image: '1', args: ['x'] }] } })
    server.apply('two', { spec: { containers: [{ name: 'a', securityContext: { runAsUser: 1 } }] } })
    server.apply('one', { spec: { containers: [{ name: 'a', image: '1' }] } })
    expect(containers(server)).toEqual([{ name: 'a', image: '1', securityContext: { runAsUser: 1 } }])
    server.apply('one', { spec: {} })
    expect(containers(server)).toEqual([{ name: 'a', securityContext: { runAsUser: 1 } }])
  })

  it('refuses to change what another applier owns, with one cause for each field', () => {
    const server = deployments()
    server.apply('m1', { spec: { replicas: 1, containers: [{ name: 'c', image: 'a' }] } })
    const error = failure(() => server.apply('m2', { spec: { replicas: 2, containers: [{ name: 'c', image: 'b' }] } }))
    expect(error.status).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message:
        'Apply failed with 2 conflicts: conflicts with "m1":\n- .spec.replicas\n- .spec.containers[name="c"].image',
      reason: 'Conflict',
      details: {
        causes: [
          { reason: 'FieldManagerConflict', message: 'conflict with "m1"', field: '.spec.replicas' },
          { reason: 'FieldManagerConflict', message: 'conflict with "m1"', field: '.spec.containers[name="c"].image' },
        ],
      },
      code: 409,
    })
  })

  it('names an updater with its version, and its subresource', () => {
    const server = configMaps()
    server.update('curl', (object) => Object.assign(object, { data: { a: '1' } }))
    expect(failure(() => server.apply('m', { data: { a: '2' } })).status).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "curl" using v1: .data.a',
      details: { causes: [{ message: 'conflict with "curl" using v1', field: '.data.a' }] },
    })
    const scaled = deployments()
    scaled.update('hpa', (object) => Object.assign(object, { spec: { replicas: 3 } }), 'scale')
    expect(failure(() => scaled.apply('m', { spec: { replicas: 1 } })).message).toBe(
      'Apply failed with 1 conflict: conflict with "hpa" with subresource "scale" using apps/v1: .spec.replicas',
    )
  })

  it('shares a field when the values are equal, and takes it by force when they differ', () => {
    const server = configMaps()
    server.apply('one', { data: { a: '1', b: '1' } })
    server.apply('two', { data: { a: '1' } })
    expect([server.fields('one'), server.fields('two')]).toEqual([
      { 'f:data': { 'f:a': {}, 'f:b': {} } },
      { 'f:data': { 'f:a': {} } },
    ])
    server.apply('two', { data: { a: '2' } }, { force: true })
    expect(server.live?.['data']).toEqual({ a: '2', b: '1' })
    expect([server.fields('one'), server.fields('two')]).toEqual([
      { 'f:data': { 'f:b': {} } },
      { 'f:data': { 'f:a': {} } },
    ])
  })

  it('does not own a status through the main resource', () => {
    const server = deployments()
    server.apply('m', { spec: { replicas: 1 }, status: { replicas: 1 } })
    expect(server.fields('m')).toEqual({ 'f:spec': { 'f:replicas': {} } })
  })

  it('counts what was there before the first apply as one updater', () => {
    const server = configMaps()
    server.live = deepFreeze({ metadata: { name: 'd' }, data: { a: '1', b: '1' } }) as never
    expect(failure(() => server.apply('m', { data: { a: '2' } })).message).toContain('"before-first-apply" using v1')
    server.apply('m', { data: { a: '1' } })
    expect(server.fields('before-first-apply')).toEqual({ 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } })
    server.apply('m', {})
    expect(server.live?.['data']).toEqual({ a: '1', b: '1' })
  })

  it('lets kubectl take over what its client-side apply had set', () => {
    const key = 'kubectl.kubernetes.io/last-applied-configuration'
    const config = { apiVersion: 'v1', kind: 'X', metadata: { name: 'd' }, data: { a: '1' } }
    const server = configMaps()
    server.update('kubectl-client-side-apply', (object) =>
      Object.assign(object, {
        metadata: { name: 'd', annotations: { [key]: JSON.stringify(config) } },
        data: { a: '1', b: '1' },
      }),
    )
    expect(failure(() => server.apply('other', { data: { a: '2' } })).message).toContain('.data.a')
    expect(failure(() => server.apply('kubectl', { data: { a: '2', b: '2' } })).message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.b',
    )
    server.apply('kubectl', { data: { a: '2' } })
    expect(server.live?.['data']).toEqual({ a: '2', b: '1' })
    expect(JSON.parse(server.live?.metadata.annotations?.[key] ?? '')).toEqual({ ...config, data: { a: '2' } })
  })

  it('owns atomic places as a whole, and sets item by item', () => {
    const server = deployments()
    server.apply('one', { metadata: { name: 'd', finalizers: ['x'] }, spec: { selector: { matchLabels: { a: '1' } } } })
    server.apply('two', { metadata: { name: 'd', finalizers: ['y'] } })
    expect(server.live?.metadata.finalizers).toEqual(['x', 'y'])
    expect(failure(() => server.apply('two', { spec: { selector: { matchLabels: { b: '1' } } } })).message).toContain(
      '.spec.selector',
    )
    server.apply('one', {})
    expect(server.live?.metadata.finalizers).toEqual(['y'])
    expect(Object(server.live?.['spec']).selector).toBeUndefined()
  })

  it('merges places without a schema member by member', () => {
    const server = new Server(schemaless, 'ex.io/v1')
    server.apply('one', { spec: { a: { x: 1 }, list: [1] } })
    server.apply('two', { spec: { a: { y: 1 } } })
    expect(server.live?.['spec']).toEqual({ a: { x: 1, y: 1 }, list: [1] })
    expect(failure(() => server.apply('two', { spec: { list: [2] } })).message).toContain('.spec.list')
    server.apply('one', { spec: {} })
    expect(server.live?.['spec']).toEqual({ a: { y: 1 } })
  })

  it('explains configurations that do not fit the schema', () => {
    const apply = (spec: unknown) => failure(() => deployments().apply('m', { metadata: { name: 'd1' }, spec }))
    expect(apply({ foo: 1 }).status).toMatchObject({
      code: 500,
      message: 'failed to create typed patch object (/d1; apps/v1, Kind=X): .spec.foo: field not declared in schema',
    })
    expect(apply({ containers: [{ image: 'x' }] }).message).toContain(
      '.spec.containers: element 0: associative list with keys has an element that omits key field "name"',
    )
    expect(apply({ containers: [{ name: 'a' }, { name: 'a' }] }).message).toContain(
      '.spec.containers: duplicate entries for key [name="a"]',
    )
    expect(apply({ containers: {}, foo: 1 }).message).toMatch(
      /errors:\n {2}\.spec\.containers: expected list, got .*\n {2}\.spec\.foo/,
    )
    const managed = { metadata: { name: 'd', managedFields: [{ manager: 'x' }] } }
    expect(failure(() => configMaps().apply('m', managed)).message).toBe('metadata.managedFields must be nil')
  })

  it('keeps hostile keys as data', () => {
    const server = configMaps()
    server.apply('m', JSON.parse('{"data":{"__proto__":"x","constructor":"y"}}'))
    server.apply('m', JSON.parse('{"data":{"__proto__":"z"}}'))
    expect(JSON.stringify(server.live?.['data'])).toBe('{"__proto__":"z"}')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})
