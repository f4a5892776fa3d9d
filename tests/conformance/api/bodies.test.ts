import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, foo, fooCrd, install } from './objects.ts'
import { at, startWorld, text, type World } from './support.ts'

describe('Bodies of requests', () => {
  let world: World
  let maps: string
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  beforeAll(async () => {
    world = await startWorld()
    maps = `${await world.namespace('test')}/configmaps`
    await install(world, fooCrd())
  })
  afterAll(() => world[Symbol.asyncDispose]())

  it('refuses another kind than that of the URL', async () => {
    for (const [apiVersion, kind] of [
      ['v1', 'Pod'],
      ['apps/v1', 'Deployment'],
    ] as const) {
      expect(await world.refused('POST', maps, { body: { ...configMap('a'), apiVersion, kind } })).toEqual({
        code: 400,
        reason: 'BadRequest',
        message:
          `${kind} in version "v1" cannot be handled as a ConfigMap: converting (v1.${kind}) to (core.ConfigMap): ` +
          'unknown conversion',
        details: undefined,
      })
    }
    const custom = await world.refused('POST', foos, { body: { ...foo('a'), kind: 'Bar' } })
    expect([custom.code, custom.message]).toEqual([
      422,
      'Foo.ex.io "a" is invalid: kind: Invalid value: "Bar": must be Foo',
    ])
  })

  it('refuses JSON that is broken, with its beginning', async () => {
    for (const [path, kind] of [
      [maps, 'ConfigMap'],
      [foos, 'Foo'],
    ] as const) {
      const refused = await world.refused('POST', path, { body: '{"a":', type: 'application/json' })
      expect([refused.code, refused.reason]).toEqual([400, 'BadRequest'])
      expect(refused.message).toBe(
        `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ` +
          'unexpected end of JSON input ({"a":)',
      )
    }
    const empty = await world.refused('POST', maps, { body: '', type: 'application/json' })
    expect(empty.message).toMatch(/json parse error: unexpected end of JSON input \(<empty>\)$/)
  })

  it('refuses media types that it does not know: 415 with those that it does', async () => {
    expect(await world.refused('POST', maps, { body: 'a', type: 'text/plain' })).toEqual({
      code: 415,
      reason: 'UnsupportedMediaType',
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json, ' +
        'application/yaml, application/vnd.kubernetes.protobuf',
      details: undefined,
    })
  })

  it('refuses values of the wrong JSON type with the Go struct, field and type', async () => {
    const refused = await world.refused('POST', maps, { body: configMap('a', { metadata: { name: 5 } }) })
    expect(refused).toEqual({
      code: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct ' +
        'field ObjectMeta.metadata.name of type string',
      details: undefined,
    })
    const data = await world.refused('POST', maps, { body: configMap('a', { data: { a: 1 } }) })
    expect(data.message).toMatch(/json: cannot unmarshal number into Go struct field ConfigMap\.data of type string$/)
  })

  it('takes apiVersion and kind of built-in kinds from the URL when they are absent', async () => {
    const created = await world.ok('POST', maps, { body: { metadata: { name: 'bare' } } })
    expect([created['apiVersion'], created['kind']]).toEqual(['v1', 'ConfigMap'])
  })

  it('requires kind of custom resources', async () => {
    const refused = await world.refused('POST', foos, { body: { metadata: { name: 'bare' } } })
    expect([refused.code, refused.reason]).toEqual([400, 'BadRequest'])
    expect(refused.message).toMatch(
      /^the object provided is unrecognized \(must be of type Foo\): Object 'Kind' is missing in '\{.*\}'$/,
    )
  })

  it('takes YAML', async () => {
    const type = 'application/yaml'
    const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yaml}\ndata: {a: "yes"}\n'
    expect(at(await world.ok('POST', maps, { type, body }), 'data')).toEqual({ a: 'yes' })
    const custom = 'apiVersion: ex.io/v1\nkind: Foo\nmetadata: {name: yaml}\nspec: {replicas: 2}\n'
    expect(at(await world.ok('POST', foos, { type, body: custom }), 'spec')).toEqual({ replicas: 2 })
  })

  it('reads YAML booleans as YAML 1.1 does (trap 7)', async () => {
    const type = 'application/yaml'
    for (const word of ['y', 'yes', 'on', 'n', 'no', 'off']) {
      const refused = await world.refused('POST', maps, { type, body: `metadata: {name: ${word}}` })
      expect([refused.code, refused.message]).toEqual([
        400,
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal bool into Go struct field ' +
          'ObjectMeta.metadata.name of type string',
      ])
    }
  })

  it('writes YAML in which such words are quoted', async () => {
    const data = { a: 'yes', b: 'on', c: 'n', d: 'plain' }
    await world.ok('POST', maps, { body: configMap('quoted', { data }) })
    const { headers, text: yaml } = await world.call('GET', `${maps}/quoted`, { accept: 'application/yaml' })
    expect(headers['content-type']).toBe('application/yaml')
    expect(yaml).toMatch(/^ {2}a: ["']yes["']$/m)
    expect(yaml).toMatch(/^ {2}b: ["']on["']$/m)
    expect(yaml).toMatch(/^ {2}c: ["']n["']$/m)
    expect(yaml).toMatch(/^ {2}d: plain$/m)
  })

  it('keeps integers beyond 2^53 and writes whole numbers as integers (trap 5)', async () => {
    const type = 'application/json'
    const body =
      '{"apiVersion":"ex.io/v1","kind":"Foo","metadata":{"name":"numbers"},' +
      '"spec":{"big":9007199254740993,"replicas":1e3,"ratio":1.0}}'
    const created = await world.call('POST', foos, { type, body })
    expect(created.code).toBe(201)
    const { text: read } = await world.call('GET', `${foos}/numbers`)
    expect(read).toContain('"big":9007199254740993')
    expect(read).toContain('"replicas":1000')
    expect(read).toMatch(/"ratio":1[,}]/)
  })

  it('decodes protobuf and answers JSON (trap 1)', async () => {
    const body = protobuf('v1', 'ConfigMap', [1, ...bytes(metadataNamed('proto'))], [2, ...bytes(entry('a', 'b'))])
    const { code, headers, json } = await world.call('POST', maps, {
      body,
      type: 'application/vnd.kubernetes.protobuf',
      accept: 'application/vnd.kubernetes.protobuf,application/json',
    })
    expect([code, headers['content-type']]).toEqual([201, 'application/json'])
    expect(json).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'proto' }, data: { a: 'b' } })
  })

  it('refuses protobuf that cannot be read', async () => {
    const type = 'application/vnd.kubernetes.protobuf'
    for (const body of [Buffer.from('no'), Buffer.from([0x6b, 0x38, 0x73, 0, 0xff, 0xff, 0xff])]) {
      const refused = await world.refused('POST', maps, { body, type })
      expect([refused.code, refused.reason]).toEqual([400, 'BadRequest'])
      expect(refused.message).toMatch(/^the object provided is unrecognized \(must be of type ConfigMap\): /)
    }
  })

  it('refuses bodies over 3 MiB: 413 with the limit', async () => {
    const body = configMap('large', { data: { a: 'x'.repeat(3 * 1024 * 1024) } })
    expect(await world.refused('POST', maps, { body })).toEqual({
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: limit is 3145728',
      details: undefined,
    })
  })

  it('refuses config maps and secrets with more than 1 MiB of data: 422', async () => {
    const data = { a: 'x'.repeat(1024 * 1024 + 1) }
    const map = await world.refused('POST', maps, { body: configMap('big', { data }) })
    expect([map.code, map.message]).toEqual([
      422,
      'ConfigMap "big" is invalid: []: Too long: may not be more than 1048576 bytes',
    ])
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'big' }, stringData: data }
    const refused = await world.refused('POST', maps.replace('configmaps', 'secrets'), { body: secret })
    expect(refused.message).toBe('Secret "big" is invalid: data: Too long: may not be more than 1048576 bytes')
  })

  it('refuses objects that are too large to store: 413', async () => {
    const spec = { color: 'x'.repeat(2 * 1024 * 1024) }
    const refused = await world.refused('POST', foos, { body: foo('big', { spec }) })
    expect([refused.code, refused.reason]).toEqual([413, 'RequestEntityTooLarge'])
  })

  it('refuses annotations over 256 KiB: 422', async () => {
    const body = configMap('noted', { metadata: { name: 'noted', annotations: { a: 'x'.repeat(256 * 1024) } } })
    const { code, message } = await world.refused('POST', maps, { body })
    expect([code, message]).toEqual([
      422,
      'ConfigMap "noted" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes',
    ])
  })

  it('refuses an apiVersion that is not that of the URL', async () => {
    for (const [path, body, expected] of [
      [maps, { ...configMap('a'), apiVersion: 'v2' }, 'v1'],
      [foos, { ...foo('a'), apiVersion: 'ex.io/v2' }, 'ex.io/v1'],
    ] as const) {
      const { code, message } = await world.refused('POST', path, { body: body as JsonObject })
      expect(code).toBe(400)
      expect(message).toBe(
        `the API version in the data (${text(body, 'apiVersion')}) does not match the expected API version (${expected})`,
      )
    }
  })
})

/** A value with its length in front, as protobuf writes strings and messages (below 128 bytes). */
function bytes(value: readonly number[] | string): number[] {
  const data = typeof value === 'string' ? [...Buffer.from(value)] : value
  return [data.length, ...data]
}

/** Fields 1…15 of wire type 2. */
function message(...fields: readonly (readonly [number, ...number[]])[]): number[] {
  return fields.flatMap(([field, ...data]) => [field * 8 + 2, ...data])
}

const metadataNamed = (name: string): number[] => message([1, ...bytes(name)])
const entry = (key: string, value: string): number[] => message([1, ...bytes(key)], [2, ...bytes(value)])

/** The envelope of Kubernetes: magic, then Unknown{typeMeta, raw}. */
function protobuf(apiVersion: string, kind: string, ...fields: readonly (readonly [number, ...number[]])[]): Buffer {
  const typeMeta = message([1, ...bytes(apiVersion)], [2, ...bytes(kind)])
  const unknown = message([1, ...bytes(typeMeta)], [2, ...bytes(message(...fields))])
  return Buffer.from([0x6b, 0x38, 0x73, 0, ...unknown])
}
