import { builtinKinds } from '@kairship/api/builtin'
import { ApiError, parseJson } from '@kairship/apimachinery'
import { describe, expect, it } from 'vitest'
import { DecoderCompiler } from './compile.ts'
import { decodeBuiltin } from './decode.ts'

const kinds = builtinKinds()
const compiler = new DecoderCompiler(kinds.facts)

function decode(
  kind: string,
  body: unknown,
  options: { fieldValidation?: 'Strict' | 'Warn' | 'Ignore'; duplicateFields?: string[] } = {},
): { object: { [key: string]: unknown }; warnings: string[] } {
  const definition = kinds.definitions.find((entry) => entry.kind === kind)
  if (definition === undefined) throw new Error(`no kind ${kind}`)
  const type = compiler.compile(definition.schema, kind, definition.schemaName)
  const { fieldValidation = 'Warn', duplicateFields = [] } = options
  return decodeBuiltin(definition, type, body as never, { fieldValidation, duplicateFields })
}
function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof ApiError && error.code === 400) return error.message
    throw error
  }
  throw new Error('was not refused')
}
const pod = (spec: object): object => ({ metadata: { name: 'p' }, spec })

describe('decoding a built-in kind', () => {
  it('takes apiVersion and kind from the URL when the body has none', () => {
    expect(decode('ConfigMap', { metadata: { name: 'a' } }).object).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
    })
  })

  it('tells wrong types as Go does, with the innermost struct and the whole path', () => {
    expect(refusal(() => decode('ConfigMap', { metadata: { name: 1 } }))).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string',
    )
    expect(refusal(() => decode('Deployment', { spec: { replicas: 'three' } }))).toContain(
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    )
    expect(
      refusal(() => decode('Deployment', { spec: { template: { spec: { containers: [{ name: true }] } } } })),
    ).toContain(
      'cannot unmarshal bool into Go struct field Container.spec.template.spec.containers.name of type string',
    )
    expect(refusal(() => decode('Deployment', { spec: { replicas: 1.5 } }))).toContain(
      'cannot unmarshal number 1.5 into',
    )
    expect(refusal(() => decode('ConfigMap', { data: 'x' }))).toContain(
      'cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string',
    )
  })

  it('refuses the name `y` that YAML 1.1 reads as a boolean', () => {
    expect(refusal(() => decode('ConfigMap', { metadata: { name: true } }))).toContain(
      'cannot unmarshal bool into Go struct field ObjectMeta.metadata.name of type string',
    )
  })

  it('drops unknown fields and warns about them in document order', () => {
    const body = { metadata: { name: 'a', foo: 1 }, unk: 1, data: { a: '1' } }
    const { object, warnings } = decode('ConfigMap', body)
    expect(object).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: '1' } })
    expect(warnings).toEqual(['unknown field "metadata.foo"', 'unknown field "unk"'])
  })

  it('refuses unknown and duplicate fields together under Strict, in document order', () => {
    const body = { metadata: { name: 'a', foo: 1 }, data: { a: '2' }, unk: 1 }
    const options = { fieldValidation: 'Strict', duplicateFields: ['data.a'] } as const
    expect(refusal(() => decode('ConfigMap', body, { ...options, duplicateFields: ['data.a'] }))).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "metadata.foo", duplicate field "data.a", unknown field "unk"',
    )
  })

  it('says nothing about unknown fields under Ignore', () => {
    expect(decode('ConfigMap', { foo: 1 }, { fieldValidation: 'Ignore' }).warnings).toEqual([])
  })

  it('names unknown fields inside lists with their index', () => {
    const { warnings } = decode('Pod', pod({ containers: [{ name: 'a' }, { name: 'b', imagee: 'x' }] }))
    expect(warnings).toEqual(['unknown field "spec.containers[1].imagee"'])
  })

  it('writes quantities in their canonical form', () => {
    const given = { a: '1000m', b: '0.5', c: '1024Mi', d: '1.5Gi', e: '1e3', f: 2, g: '100Mi' }
    const { object } = decode('Pod', pod({ containers: [{ name: 'a', resources: { requests: given } }] }))
    expect(JSON.stringify(object)).toContain(
      '{"a":"1","b":"500m","c":"1Gi","d":"1536Mi","e":"1e3","f":"2","g":"100Mi"}',
    )
    expect(refusal(() => decode('Pod', pod({ overhead: { cpu: 'lots' } })))).toContain(
      'quantities must match the regular',
    )
  })

  it('normalises times to UTC and whole seconds, and micro times to six digits', () => {
    const creationTimestamp = '2026-11-23T05:29:41.7+01:00'
    const { object } = decode('Lease', {
      metadata: { creationTimestamp },
      spec: { renewTime: '2026-01-01T00:00:00.5Z' },
    })
    expect(object['metadata']).toEqual({ creationTimestamp: '2026-11-23T04:29:41Z' })
    expect(object['spec']).toEqual({ renewTime: '2026-01-01T00:00:00.500000Z' })
  })

  it('writes required plain fields as zero when they are absent, as Go does', () => {
    const status = { containerStatuses: [{ name: 'c' }] }
    const { object } = decode('Pod', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, status })
    expect(object['status']).toEqual({
      containerStatuses: [{ name: 'c', ready: false, restartCount: 0, image: '', imageID: '' }],
    })
  })

  it('takes null as absent, and as the zero value inside lists and maps', () => {
    const { object } = decode('Pod', pod({ nodeName: null, containers: [null], nodeSelector: { a: null } }))
    expect(object['spec']).toEqual({ containers: [{ name: '', resources: {} }], nodeSelector: { a: '' } })
  })

  it('leaves out what Go leaves out: zero values without a pointer, empty lists and maps', () => {
    const spec = { hostNetwork: false, nodeName: '', containers: [], tolerations: [], nodeSelector: {} }
    expect(decode('Pod', pod(spec)).object['spec']).toEqual({ containers: [] })
    const kept = { replicas: 0, paused: false, template: {}, selector: {} }
    expect(decode('Deployment', { spec: kept }).object['spec']).toEqual({ replicas: 0, template: {}, selector: {} })
  })

  it('takes numbers and strings where either may stand', () => {
    const { object } = decode('Service', {
      spec: {
        ports: [
          { port: 80, targetPort: 'web' },
          { port: 81, targetPort: 8081 },
        ],
      },
    })
    expect(object['spec']).toEqual({
      ports: [
        { port: 80, targetPort: 'web' },
        { port: 81, targetPort: 8081 },
      ],
    })
    expect(refusal(() => decode('Service', { spec: { ports: [{ targetPort: true }] } }))).toContain(
      'cannot unmarshal bool',
    )
  })

  it('checks base64 and joins wrapped lines', () => {
    expect(decode('Secret', { data: { a: 'aGVs\nbG8=\n' } }).object['data']).toEqual({ a: 'aGVsbG8=' })
    expect(refusal(() => decode('Secret', { data: { a: 'aGVs!' } }))).toContain('illegal base64 data at input byte 4')
  })

  it('keeps integers beyond 2^53 digit by digit', () => {
    const body = parseJson('{"metadata":{"generation":9007199254740993}}').value
    expect(JSON.stringify(decode('ConfigMap', body).object)).toContain('"generation":9007199254740993')
  })

  it('treats __proto__ as an ordinary key', () => {
    const body: unknown = JSON.parse('{"data":{"__proto__":"x"}}')
    const { object } = decode('ConfigMap', body)
    expect(Object.keys(object['data'] as object)).toEqual(['__proto__'])
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })

  it('refuses another kind and another version', () => {
    expect(refusal(() => decode('ConfigMap', { apiVersion: 'v1', kind: 'Pod' }))).toBe(
      'Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion',
    )
    expect(refusal(() => decode('Deployment', { apiVersion: 'apps/v1beta1', kind: 'Deployment' }))).toBe(
      'the API version in the data (apps/v1beta1) does not match the expected API version (apps/v1)',
    )
  })

  it('sees unknown fields of schemas at any depth of a CRD', () => {
    const openAPIV3Schema = { type: 'object', properties: { a: { type: 'array', items: { typo: 1, type: 'string' } } } }
    const { warnings } = decode('CustomResourceDefinition', { spec: { versions: [{ schema: { openAPIV3Schema } }] } })
    expect(warnings).toEqual(['unknown field "spec.versions[0].schema.openAPIV3Schema.properties.a.items.typo"'])
  })
})
