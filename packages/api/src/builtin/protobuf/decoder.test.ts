import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { builtinKinds } from '../builtin-kinds.ts'
import { protobufDecoder } from './decoder.ts'
import { ProtobufWriter } from './writer.ts'

interface Captured {
  readonly request: string
  readonly body: string
  /** What the same kubectl prints with `--dry-run=client -o json`. */
  readonly json?: unknown
}

const captured = JSON.parse(readFileSync(new URL('./fixtures/kubectl-1.33.json', import.meta.url), 'utf8')) as Record<
  string,
  Captured
>
const decoder = protobufDecoder(builtinKinds())

function bytes(name: string): Uint8Array {
  return new Uint8Array(Buffer.from(captured[name]?.body ?? '', 'base64'))
}
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  )
}
/** The command line's namespace is in the URL of the request, and in the printed object. */
function withoutNamespace(value: unknown): unknown {
  const object = value as { metadata: { namespace?: string } }
  const { namespace: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

function envelope(apiVersion: string, kind: string, raw: (writer: ProtobufWriter) => void): Uint8Array {
  const writer = new ProtobufWriter()
  writer.message(1, () => {
    writer.string(1, apiVersion)
    writer.string(2, kind)
  })
  writer.message(2, () => raw(writer))
  return new Uint8Array([0x6b, 0x38, 0x73, 0, ...writer.finish()])
}

describe('bodies that kubectl 1.33 sent', () => {
  const created = Object.entries(captured).filter(([, entry]) => entry.json !== undefined)
  it.each(created)('%s decodes to the JSON that the same kubectl prints', (name, entry) => {
    const { object } = decoder.decode(bytes(name))
    expect(withoutNamespace(object)).toEqual(withoutNamespace(withoutNulls(entry.json)))
  })

  it('covers a Job with every field of a pod that kubectl knows', () => {
    const { object } = decoder.decode(bytes('job-from-cronjob'))
    const text = JSON.stringify(object)
    for (const field of [
      'livenessProbe',
      'ephemeralContainers',
      'projected',
      'topologySpreadConstraints',
      'ephemeral',
    ]) {
      expect(text).toContain(`"${field}":`)
    }
  })

  it('takes DeleteOptions of any version', () => {
    expect(decoder.decode(bytes('drain')).object).toEqual({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 7,
    })
    const apps = envelope('apps/v1', 'DeleteOptions', (writer) => writer.string(4, 'Foreground'))
    expect(decoder.decode(apps).object).toEqual({
      apiVersion: 'apps/v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Foreground',
    })
  })

  it('takes subresource kinds, wrapped lists and bytes', () => {
    expect(decoder.decode(bytes('token'))).toMatchObject({
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
    })
    const { object } = decoder.decode(bytes('approve'))
    expect(object).toMatchObject({ kind: 'CertificateSigningRequest', spec: { request: 'AAEC', usages: ['any'] } })
    const spec = (object as { spec: { extra: { [key: string]: unknown } } }).spec
    expect(Object.values(spec.extra)).toEqual([[expect.any(String)]])
  })
})

describe('values with their own JSON form', () => {
  it('reads the JSON schema of a CRD with its unions', () => {
    const body = envelope('apiextensions.k8s.io/v1', 'CustomResourceDefinition', (writer) =>
      writer.message(2, () =>
        writer.message(7, () => {
          writer.string(1, 'v1')
          writer.message(4, () =>
            writer.message(1, () => {
              writer.string(5, 'object')
              writer.double(9, 2.5)
              writer.message(8, () => writer.string(1, '{"a":1}'))
              writer.message(24, () => writer.message(1, () => writer.string(5, 'string')))
              writer.message(29, () => {
                writer.string(1, '__proto__')
                writer.message(2, () => writer.message(30, () => writer.bool(1, true)))
              })
              writer.bool(38, true)
            }),
          )
        }),
      ),
    )
    const { object } = decoder.decode(body)
    type Schema = { properties: { [name: string]: unknown } }
    const spec = object['spec'] as { versions: { schema: { openAPIV3Schema: Schema } }[] }
    const schema = spec.versions[0]?.schema.openAPIV3Schema as Schema
    expect(schema).toMatchObject({
      type: 'object',
      maximum: 2.5,
      default: { a: 1 },
      items: { type: 'string' },
      'x-kubernetes-preserve-unknown-fields': true,
    })
    expect(Object.keys(schema.properties)).toEqual(['__proto__'])
    expect(Object.getOwnPropertyDescriptor(schema.properties, '__proto__')?.value).toEqual({
      additionalProperties: true,
    })
  })

  it('writes times as upstream does, and leaves zero times out', () => {
    const body = envelope('coordination.k8s.io/v1', 'Lease', (writer) => {
      writer.message(1, () => writer.message(8, () => undefined))
      writer.message(2, () =>
        writer.message(4, () => {
          writer.integer(1, 1_700_000_000)
          writer.integer(2, 123_456_789)
        }),
      )
    })
    expect(decoder.decode(body).object).toEqual({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {},
      spec: { renewTime: '2023-11-14T22:13:20.123456Z' },
    })
  })

  it('keeps 64-bit integers exact', () => {
    const body = envelope('apps/v1', 'ControllerRevision', (writer) => {
      writer.integer(3, 2 ** 53 - 1)
    })
    expect(decoder.decode(body).object['revision']).toBe(9007199254740991)
    const large = envelope('apps/v1', 'ControllerRevision', () => undefined)
    // raw is the last, empty field of the envelope: give it `revision = -1`.
    const negative = [0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]
    const withNegative = new Uint8Array([...large.slice(0, -1), negative.length, ...negative])
    expect(decoder.decode(withNegative).object['revision']).toBe(-1)
  })
})

describe('bytes that are no message', () => {
  const whole = bytes('job-from-cronjob')

  it.each([
    ['nothing', new Uint8Array()],
    ['JSON', new TextEncoder().encode('{"kind":"Pod"}')],
    ['an unknown kind', envelope('v1', 'Frobnicator', () => undefined)],
    ['a length beyond the end', new Uint8Array([0x6b, 0x38, 0x73, 0, 0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['an endless varint', new Uint8Array([0x6b, 0x38, 0x73, 0, ...new Uint8Array(40).fill(0xff)])],
  ])('%s is refused', (_, body) => {
    expect(() => decoder.decode(body)).toThrow(expect.objectContaining({ name: 'ProtobufError' }))
  })

  it('are refused wherever a body is cut', () => {
    for (let length = 0; length < whole.length; length += 97) {
      expect(() => decoder.decode(whole.slice(0, length))).toThrow(expect.objectContaining({ name: 'ProtobufError' }))
    }
  })

  it('never do more than throw when single bytes are changed', () => {
    for (let at = 4; at < whole.length; at += 13) {
      const changed = whole.slice()
      changed[at] = (changed[at] ?? 0) ^ 0x5a
      try {
        decoder.decode(changed)
      } catch (error) {
        expect((error as Error).name).toBe('ProtobufError')
      }
    }
  })

  it('cannot nest without end', () => {
    const nested = (writer: ProtobufWriter, depth: number): void => {
      if (depth > 0) writer.message(28, () => nested(writer, depth - 1))
    }
    const body = envelope('apiextensions.k8s.io/v1', 'CustomResourceDefinition', (writer) =>
      writer.message(2, () =>
        writer.message(7, () => writer.message(4, () => writer.message(1, () => nested(writer, 1000)))),
      ),
    )
    expect(() => decoder.decode(body)).toThrow('nested too deeply')
  })

  it('cannot become a million objects', () => {
    const body = envelope('v1', 'Pod', (writer) =>
      writer.message(2, () => {
        for (let index = 0; index < 500_000; index++) writer.message(2, () => undefined)
      }),
    )
    expect(() => decoder.decode(body)).toThrow('too many values')
  })
})
