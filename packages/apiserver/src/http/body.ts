import { errors, failure, type JsonValue, JsonSyntaxError, parseJson, type PatchType } from '@kairship/apimachinery'
import { parseYaml } from '@kairship/apimachinery/yaml'
import { type ProtobufDecoder, ProtobufError } from '@kairship/api/protobuf'
import type { Message } from './message.ts'

const maxBodyBytes = 3 * 1024 * 1024

export interface DecodedBody {
  readonly value: JsonValue
  readonly duplicateFields: readonly string[]
}

export function readBody(request: Message): Promise<Buffer> {
  const length = Number(request.headers['content-length'] ?? 0)
  if (length > maxBodyBytes) return Promise.reject(errors.tooLarge(maxBodyBytes))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let ended = false
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBodyBytes) chunks.push(chunk)
      else reject(errors.tooLarge(maxBodyBytes))
    })
    request.on('end', () => {
      ended = true
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks))
    })
    request.on('error', reject)
    request.on('close', () => {
      if (!ended) reject(errors.badRequest('the body of the request was cut off'))
    })
  })
}

export function mediaType(request: Message): string {
  const value = request.headers['content-type']
  return (value ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

/** The body of a create, update or delete. `kind` is what the URL expects, for the error text. */
export function decodeBody(bytes: Uint8Array, type: string, kind: string, protobuf: ProtobufDecoder): DecodedBody {
  switch (type) {
    case '':
    case 'application/json':
    case 'application/x-www-form-urlencoded':
      return json(bytes, kind)
    case 'application/yaml':
      return yaml(bytes, kind)
    case 'application/vnd.kubernetes.protobuf':
      return binary(bytes, kind, protobuf)
    default:
      throw failure(
        415,
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: application/json, ' +
          'application/yaml, application/vnd.kubernetes.protobuf',
      )
  }
}

/** `custom`: of a custom resource, which knows no strategic merge. */
export function patchTypeOf(type: string, custom: boolean): PatchType {
  switch (type) {
    case 'application/json-patch+json':
      return 'json'
    case 'application/merge-patch+json':
      return 'merge'
    case 'application/strategic-merge-patch+json':
      return 'strategic'
    case 'application/apply-patch+yaml':
      return 'apply'
    default:
      if (!custom) throw failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})
      throw failure(
        415,
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: ' +
          'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      )
  }
}

export function decodePatch(bytes: Uint8Array, type: PatchType): DecodedBody {
  if (type === 'apply') return yaml(bytes, undefined)
  try {
    return parseJson(bytes, { duplicates: true })
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw errors.badRequest(type === 'strategic' ? error.message : `error decoding patch: ${error.message}`)
  }
}

function json(bytes: Uint8Array, kind: string): DecodedBody {
  try {
    return parseJson(bytes, { duplicates: true })
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw unrecognized(kind, `couldn't get version/kind; json parse error: ${error.message}`, bytes)
  }
}

function binary(bytes: Uint8Array, kind: string, decoder: ProtobufDecoder): DecodedBody {
  try {
    return { value: decoder.decode(bytes).object, duplicateFields: [] }
  } catch (error) {
    throw error instanceof ProtobufError ? unrecognized(kind, error.message, bytes) : error
  }
}

function yaml(bytes: Uint8Array, kind: string | undefined): DecodedBody {
  try {
    return { value: parseYaml(new TextDecoder().decode(bytes), { duplicates: 'keepLast' }), duplicateFields: [] }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    if (kind === undefined) throw errors.badRequest(`error decoding YAML: ${text}`)
    throw unrecognized(kind, `couldn't get version/kind; yaml parse error: ${text}`, bytes)
  }
}

function unrecognized(kind: string, text: string, bytes: Uint8Array): Error {
  return errors.badRequest(`the object provided is unrecognized (must be of type ${kind}): ${text} (${summary(bytes)})`)
}

const summaryBytes = 30

/** The beginning of a body: as text when it looks like JSON, else in hexadecimal. */
function summary(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<empty>'
  const start = Buffer.from(bytes.subarray(0, summaryBytes))
  const text = start[0] === 0x7b ? start.toString() : start.toString('hex')
  return bytes.length > summaryBytes ? `${text} ...` : text
}
