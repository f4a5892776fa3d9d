import { type JsonObject, parseApiVersion } from '@kairship/apimachinery'
import type { BuiltinKinds } from '../builtin-kinds.ts'
import { PlanCompiler } from './plan.ts'
import { ProtobufError, ProtobufReader } from './reader.ts'

/** `k8s\0`, the first bytes of every Kubernetes protobuf body. */
const MAGIC: readonly number[] = [0x6b, 0x38, 0x73, 0x00]
const MAX_DEPTH = 200
/** A 3 MiB body of empty messages would otherwise become a million objects. */
const MAX_VALUES = 400_000

export interface DecodedProtobuf {
  readonly apiVersion: string
  readonly kind: string
  /** As the same object would come in JSON, `apiVersion` and `kind` included. */
  readonly object: JsonObject
}

/** Decodes bodies of `application/vnd.kubernetes.protobuf`. Keep one: it remembers compiled types. */
export interface ProtobufDecoder {
  /** Throws `ProtobufError` for anything but a complete message of a built-in kind. */
  decode(body: Uint8Array): DecodedProtobuf
}

export function protobufDecoder(kinds: BuiltinKinds): ProtobufDecoder {
  const compiler = new PlanCompiler(kinds.facts)
  return {
    decode(body) {
      const { apiVersion, kind, raw } = readEnvelope(body)
      const { group, version } = parseApiVersion(apiVersion)
      const type = kinds.schemaName(group, version, kind)
      if (type === undefined) {
        throw new ProtobufError(
          `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`,
        )
      }
      const budget = { depth: MAX_DEPTH, values: MAX_VALUES }
      const object = compiler.plan(type).read(new ProtobufReader(raw), budget, { apiVersion, kind })
      return { apiVersion, kind, object }
    },
  }
}

/** runtime.Unknown: typeMeta = 1, raw = 2, contentEncoding = 3, contentType = 4. */
function readEnvelope(body: Uint8Array): { apiVersion: string; kind: string; raw: Uint8Array } {
  if (!MAGIC.every((byte, index) => body[index] === byte)) {
    throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix 6b 38 73 00')
  }
  const reader = new ProtobufReader(body, MAGIC.length)
  let apiVersion = ''
  let kind = ''
  let raw: Uint8Array = new Uint8Array()
  let encoding = ''
  while (!reader.done) {
    const field = reader.tag()
    if (field === 1) ({ apiVersion, kind } = readTypeMeta(reader.message()))
    else if (field === 2) raw = reader.bytes()
    else if (field === 3 || field === 4) encoding += reader.string()
    else reader.skip()
  }
  // Empty means protobuf without compression, the only thing clients send.
  if (encoding !== '' && encoding !== 'application/vnd.kubernetes.protobuf') {
    throw new ProtobufError(`unsupported encoding ${JSON.stringify(encoding)} inside the envelope`)
  }
  if (apiVersion === '' || kind === '') throw new ProtobufError('apiVersion and kind are missing in the envelope')
  return { apiVersion, kind, raw }
}

function readTypeMeta(reader: ProtobufReader): { apiVersion: string; kind: string } {
  let apiVersion = ''
  let kind = ''
  while (!reader.done) {
    const field = reader.tag()
    if (field === 1) apiVersion = reader.string()
    else if (field === 2) kind = reader.string()
    else reader.skip()
  }
  return { apiVersion, kind }
}
