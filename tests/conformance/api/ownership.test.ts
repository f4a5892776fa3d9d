import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, deployment, foo, fooCrd, install } from './objects.ts'
import { at, list, startWorld, text, type Answer, type World } from './support.ts'

const merge = 'application/merge-patch+json'

describe('Field ownership', () => {
  let world: World
  let maps: string
  const deployments = '/apis/apps/v1/namespaces/test/deployments'
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  beforeAll(async () => {
    world = await startWorld()
    maps = `${await world.namespace('test')}/configmaps`
    await install(world, fooCrd())
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const apply = (path: string, manager: string, body: object | string, query = ''): Promise<Answer> =>
    world.call('PATCH', `${path}?fieldManager=${manager}${query}`, {
      type: 'application/apply-patch+yaml',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const data = (name: string, values: JsonObject): JsonObject => configMap(name, { data: values })
  const spec = (name: string, values: JsonObject): JsonObject => foo(name, { spec: values })
  const managed = (object: unknown): JsonObject[] =>
    list(object, 'metadata.managedFields').map((entry) => {
      const { time: _, ...rest } = entry as JsonObject
      return rest
    })
  const owned = (object: unknown, manager: string): unknown =>
    managed(object).find((entry) => entry['manager'] === manager)?.['fieldsV1']

  it('records the fields of an apply under its manager', async () => {
    const { json } = await apply(`${maps}/own`, 'm1', data('own', { a: 'b' }))
    expect(list(json, 'metadata.managedFields')).toEqual([
      {
        manager: 'm1',
        operation: 'Apply',
        apiVersion: 'v1',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:a': {} } },
      },
    ])
  })

  it('records other writes under fieldManager or the client’s name, with their subresource', async () => {
    await world.ok('POST', `${maps}?fieldManager=hand`, { body: data('writes', { a: 'b' }) })
    const headers = { 'user-agent': 'tool/v1.2 (linux) x' }
    await world.ok('PATCH', `${maps}/writes`, { type: merge, body: { data: { c: 'd' } }, headers })
    expect(managed(await world.ok('GET', `${maps}/writes`))).toEqual([
      expect.objectContaining({ manager: 'hand', operation: 'Update', fieldsV1: { 'f:data': { '.': {}, 'f:a': {} } } }),
      expect.objectContaining({ manager: 'tool', operation: 'Update', fieldsV1: { 'f:data': { 'f:c': {} } } }),
    ])
    await world.ok('POST', deployments, { body: deployment('writes') })
    const status = { status: { replicas: 1 } }
    const reported = await world.ok('PATCH', `${deployments}/writes/status`, { type: merge, body: status, headers })
    expect(managed(reported)).toContainEqual(
      expect.objectContaining({
        manager: 'tool',
        subresource: 'status',
        fieldsV1: { 'f:status': { 'f:replicas': {} } },
      }),
    )
  })

  it('never records names, uid, times, generation, revision and managedFields themselves', async () => {
    for (const [path, body] of [
      [maps, configMap('bare')],
      [foos, foo('bare')],
    ] as const) {
      const created = await world.ok('POST', path, { body })
      expect(created['metadata']).not.toHaveProperty('managedFields')
    }
  })

  it('names list items by their keys with defaults filled in, and owns only what was said', async () => {
    const body = deployment('keys', {
      template: {
        metadata: { labels: { app: 'keys' } },
        spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }] },
      },
    })
    const { json } = await apply(`${deployments}/keys`, 'm', body)
    const container = at(owned(json, 'm'), 'f:spec.f:template.f:spec.f:containers') as JsonObject
    expect(container).toEqual({
      'k:{"name":"c"}': {
        '.': {},
        'f:image': {},
        'f:name': {},
        'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
      },
    })
    expect(at(owned(json, 'm'), 'f:spec.f:selector')).toEqual({})
    const custom = await apply(`${foos}/keys`, 'm', spec('keys', { tags: ['x'], ports: [{ p: 1, name: 'n' }] }))
    expect(owned(custom.json, 'm')).toEqual({
      'f:spec': {
        'f:ports': { 'k:{"p":1}': { '.': {}, 'f:name': {}, 'f:p': {} } },
        'f:tags': { 'v:"x"': {} },
      },
    })
  })

  it('moves ownership of replicas to who scales', async () => {
    await apply(`${deployments}/scaled`, 'm', deployment('scaled', { replicas: 1 }))
    await world.ok('PATCH', `${deployments}/scaled/scale?fieldManager=scaler`, {
      type: merge,
      body: { spec: { replicas: 3 } },
    })
    const scaled = await world.ok('GET', `${deployments}/scaled`)
    expect(managed(scaled)).toContainEqual(
      expect.objectContaining({
        manager: 'scaler',
        subresource: 'scale',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      }),
    )
    expect(at(owned(scaled, 'm'), 'f:spec.f:replicas')).toBeUndefined()
  })

  it('keeps at most ten updaters, and folds older ones into ancient-changes', async () => {
    await world.ok('POST', `${maps}?fieldManager=u0`, { body: data('crowd', { k0: 'x' }) })
    for (let i = 1; i <= 12; i++) {
      const body = { data: { [`k${i}`]: 'x' } }
      await world.ok('PATCH', `${maps}/crowd?fieldManager=u${i}`, { type: merge, body })
    }
    const names = managed(await world.ok('GET', `${maps}/crowd`)).map((entry) => entry['manager'])
    expect(names).toContain('ancient-changes')
    expect(names.length).toBeLessThanOrEqual(11)
  })

  it('clears managedFields with [{}] and keeps them when the body has none', async () => {
    const created = await world.ok('POST', maps, { body: data('clear', { a: '1' }) })
    const { managedFields: _, ...metadata } = created['metadata'] as JsonObject
    const kept = await world.ok('PUT', `${maps}/clear`, { body: { ...created, metadata } })
    expect(managed(kept)).toHaveLength(1)
    const cleared = await world.ok('PATCH', `${maps}/clear`, {
      type: merge,
      body: { metadata: { managedFields: [{}] } },
    })
    expect(managed(cleared)).toEqual([])
    const { json } = await apply(`${maps}/clear`, 'm', data('clear', { b: '2' }))
    expect(managed(json).map((entry) => [entry['manager'], entry['operation']])).toEqual([
      ['m', 'Apply'],
      ['before-first-apply', 'Update'],
    ])
    expect(text(json, 'metadata.name')).toBe('clear')
  })
})
