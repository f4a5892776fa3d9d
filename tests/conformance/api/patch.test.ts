import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, deployment, foo, fooCrd, install } from './objects.ts'
import { at, startWorld, text, type World } from './support.ts'

const json = 'application/json-patch+json'
const merge = 'application/merge-patch+json'
const strategic = 'application/strategic-merge-patch+json'

describe('Patch', () => {
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

  const both = async (name: string, more: JsonObject = {}): Promise<readonly string[]> => {
    await world.ok('POST', maps, { body: configMap(name, more) })
    await world.ok('POST', foos, { body: foo(name, more) })
    return [`${maps}/${name}`, `${foos}/${name}`]
  }

  it('applies JSON patches with negative indices', async () => {
    const metadata = { name: 'negative', finalizers: ['x.io/a', 'x.io/b'] }
    for (const path of await both('negative', { metadata })) {
      const body = [{ op: 'replace', path: '/metadata/finalizers/-1', value: 'x.io/c' }]
      expect(at(await world.ok('PATCH', path, { type: json, body }), 'metadata.finalizers')).toEqual([
        'x.io/a',
        'x.io/c',
      ])
    }
  })

  it('lets a test of a missing member against null succeed', async () => {
    for (const path of await both('absent')) {
      const body = [
        { op: 'test', path: '/metadata/labels', value: null },
        { op: 'add', path: '/metadata/labels', value: { a: 'b' } },
      ]
      expect(at(await world.ok('PATCH', path, { type: json, body }), 'metadata.labels')).toEqual({ a: 'b' })
    }
  })

  it('refuses a JSON patch whose test fails or whose path is missing: 422 without details', async () => {
    for (const path of await both('tested')) {
      for (const operation of [
        { op: 'test', path: '/metadata/name', value: 'no' },
        { op: 'remove', path: '/metadata/labels/none' },
        { op: 'replace', path: '/nowhere/at/all', value: 1 },
      ]) {
        expect(await world.refused('PATCH', path, { type: json, body: [operation] })).toEqual({
          code: 422,
          reason: 'Invalid',
          message: 'the server rejected our request due to an error in our request',
          details: {},
        })
      }
    }
  })

  it('refuses a JSON patch that is no array', async () => {
    for (const path of await both('noarray')) {
      expect(await world.refused('PATCH', path, { type: json, body: { op: 'add' } })).toMatchObject({
        code: 400,
        reason: 'BadRequest',
        message: 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
      })
    }
  })

  it('refuses JSON patches of more than 10000 operations: 413', async () => {
    const [path = ''] = await both('many')
    const body = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'ConfigMap' }))
    const refused = await world.refused('PATCH', path, { type: json, body })
    expect([refused.code, refused.reason]).toEqual([413, 'RequestEntityTooLarge'])
    expect(refused.message).toBe(
      'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    )
  })

  it('refuses JSON patches whose copies come to more than 3 MiB: 413', async () => {
    const [path = ''] = await both('copies')
    const copies = Array.from({ length: 40 }, (_, at) => ({
      op: 'copy',
      from: '/metadata/annotations/a',
      path: `/metadata/annotations/b${at}`,
    }))
    const body = [{ op: 'add', path: '/metadata/annotations', value: { a: 'x'.repeat(100_000) } }, ...copies]
    const refused = await world.refused('PATCH', path, { type: json, body })
    expect([refused.code, refused.reason]).toEqual([413, 'RequestEntityTooLarge'])
  })

  it('merges: members replace, null removes, lists are replaced', async () => {
    for (const path of await both('merged', { metadata: { name: 'merged', labels: { a: '1', b: '2' } } })) {
      const body = { metadata: { labels: { a: null, c: '3' }, finalizers: ['x.io/a'] } }
      const patched = await world.ok('PATCH', path, { type: merge, body })
      expect(patched['metadata']).toMatchObject({ labels: { b: '2', c: '3' }, finalizers: ['x.io/a'] })
      expect(at(patched, 'metadata.labels.a')).toBeUndefined()
    }
  })

  it('refuses strategic merge patches of custom resources: 415 with what they take', async () => {
    await world.ok('POST', foos, { body: foo('strategic') })
    const refused = await world.refused('PATCH', `${foos}/strategic`, { type: strategic, body: {} })
    expect([refused.code, refused.reason]).toEqual([415, 'UnsupportedMediaType'])
    expect(refused.message).toBe(
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, ' +
        'application/merge-patch+json, application/apply-patch+yaml',
    )
  })

  it('refuses plain JSON as a patch: 415', async () => {
    const [built = '', custom = ''] = await both('plain')
    expect(await world.refused('PATCH', built, { type: 'application/json', body: {} })).toEqual({
      code: 415,
      reason: 'UnsupportedMediaType',
      message: '415: Unsupported Media Type',
      details: {},
    })
    const { message } = await world.refused('PATCH', custom, { type: 'application/json', body: {} })
    expect(message).toMatch(
      /accepted media types include: application\/json-patch\+json, application\/merge-patch\+json, /,
    )
  })

  it('refuses patches that are no JSON, and merge patches that are no objects: 400', async () => {
    const [path = ''] = await both('broken')
    const array = 'json: cannot unmarshal array into Go value of type map[string]interface {}'
    for (const [type, body, message] of [
      [json, '[', 'error decoding patch: unexpected end of JSON input'],
      [merge, '{"a":', 'error decoding patch: unexpected end of JSON input'],
      [strategic, '{"a":', 'unexpected end of JSON input'],
      [merge, '[]', `error decoding patch: ${array}`],
      [strategic, '[]', array],
    ] as const) {
      expect(await world.refused('PATCH', path, { type, body })).toMatchObject({
        code: 400,
        reason: 'BadRequest',
        message,
      })
    }
  })

  it('tells values of the wrong type as a fault of the patch: 422', async () => {
    await world.ok('POST', deployments, { body: deployment('typed') })
    const path = `${deployments}/typed`
    const merged = await world.refused('PATCH', path, { type: merge, body: { spec: { replicas: 'x' } } })
    expect(merged).toMatchObject({
      code: 422,
      reason: 'Invalid',
      details: { causes: [{ reason: 'FieldValueInvalid', field: 'patch' }] },
    })
    expect(merged.message).toMatch(
      /^ "" is invalid: patch: Invalid value: "\{.*": json: cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32$/,
    )
    for (const [body, printed, detail] of [
      [{ spec: { replicas: 'x' } }, 'map[spec:map[replicas:x]]', 'unrecognized type: int32'],
      [{ metadata: { labels: { a: 1 } } }, 'map[metadata:map[labels:map[a:1]]]', 'cannot convert int64 to string'],
      [{ spec: { template: 'x' } }, 'map[spec:map[template:x]]', 'cannot restore struct from: string'],
    ] as const) {
      expect(await world.refused('PATCH', path, { type: strategic, body })).toMatchObject({
        code: 422,
        message: ` "" is invalid: patch: Invalid value: "${printed}": ${detail}`,
      })
    }
  })

  it('takes metadata.resourceVersion in a patch as a precondition: 409 when stale', async () => {
    for (const path of await both('precondition')) {
      const first = text(await world.ok('GET', path), 'metadata.resourceVersion')
      const patch = (resourceVersion: string, a: string): Parameters<World['call']>[2] => ({
        type: merge,
        body: { metadata: { resourceVersion, labels: { a } } },
      })
      await world.ok('PATCH', path, patch(first, '1'))
      const refused = await world.refused('PATCH', path, patch(first, '2'))
      expect([refused.code, refused.reason]).toEqual([409, 'Conflict'])
      expect(refused.message).toMatch(/ "precondition": the object has been modified; please apply your changes/)
    }
  })

  it('applies patches again when somebody else was first', async () => {
    for (const path of await both('raced')) {
      const patches = Array.from({ length: 20 }, (_, index) =>
        world.ok('PATCH', path, { type: merge, body: { metadata: { labels: { [`l${index}`]: 'x' } } } }),
      )
      await Promise.all(patches)
      expect(Object.keys(at(await world.ok('GET', path), 'metadata.labels') as JsonObject)).toHaveLength(20)
    }
  })

  it('answers 404 for what is not there', async () => {
    expect(await world.refused('PATCH', `${maps}/none`, { type: merge, body: {} })).toMatchObject({
      code: 404,
      message: 'configmaps "none" not found',
    })
    expect(await world.refused('PATCH', `${foos}/none`, { type: merge, body: {} })).toMatchObject({
      code: 404,
      message: 'foos.ex.io "none" not found',
    })
  })

  it('refuses force outside apply: 422', async () => {
    for (const path of await both('forced')) {
      const refused = await world.refused('PATCH', `${path}?force=true`, { type: merge, body: {} })
      expect([refused.code, refused.reason]).toEqual([422, 'Invalid'])
      expect(refused.message).toBe(
        'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
      )
    }
  })

  it('tells unknown fields of a patch under Strict: 422 about the patch', async () => {
    await world.ok('POST', deployments, { body: deployment('strict') })
    const url = `${deployments}/strict?fieldValidation=Strict`
    const refused = await world.refused('PATCH', url, { type: merge, body: { spec: { foo: 1 } } })
    expect([refused.code, refused.reason]).toEqual([422, 'Invalid'])
    expect(refused.message).toMatch(
      /^ "" is invalid: patch: Invalid value: ".*": strict decoding error: unknown field "spec\.foo"$/s,
    )
    expect(refused.details).toMatchObject({ causes: [{ reason: 'FieldValueInvalid', field: 'patch' }] })
    await world.ok('POST', foos, { body: foo('strict') })
    const custom = await world.refused('PATCH', `${foos}/strict?fieldValidation=Strict`, {
      type: merge,
      body: { spec: { foo: 1 } },
    })
    expect(custom.code).toBe(422)
    expect(custom.message).toMatch(/strict decoding error: unknown field "spec\.foo"$/)
  })

  it('refuses another name or namespace in the patched object', async () => {
    for (const path of await both('identity')) {
      const renamed = await world.refused('PATCH', path, { type: merge, body: { metadata: { name: 'b' } } })
      expect(renamed).toMatchObject({
        code: 400,
        message: 'the name of the object (b) does not match the name on the URL (identity)',
      })
      const moved = await world.refused('PATCH', path, { type: merge, body: { metadata: { namespace: 'b' } } })
      expect(moved).toMatchObject({
        code: 400,
        message: 'the namespace of the provided object does not match the namespace sent on the request',
      })
    }
  })
})
