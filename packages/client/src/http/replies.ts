import type { DeepReadonly, JsonObject, Reply, StatusReason } from '@kairship/apimachinery'
import { ConnectionError, failure, isPlainObject, parseJson } from '@kairship/apimachinery'

/**
 * A whole response as a `Reply`. Failures whose body is no Status (a proxy's HTML, the plain-text 404 of an unknown group
 * version) get the Status that Kubernetes clients make of them. A redirect or a success that is not JSON is no answer at
 * all: it throws `ConnectionError`.
 */
export function decodeReply(status: number, contentType: string, body: string, warnings: readonly string[]): Reply {
  const value = contentType.includes('json') ? parseBody(body) : undefined
  if (status >= 300 && status < 400)
    throw new ConnectionError(`the server answered with a redirect (${status}), which is not followed`)
  if (isPlainObject(value)) {
    if (status < 400 || value['kind'] === 'Status') return { status, body: jsonObject(value), warnings }
  }
  if (status < 400) {
    throw new ConnectionError(
      `the server answered ${status} with ${contentType || 'no content type'}: not a Kubernetes API`,
    )
  }
  return { status, body: genericStatus(status, body), warnings }
}

function parseBody(body: string): unknown {
  try {
    return parseJson(body).value
  } catch (cause) {
    throw new ConnectionError('the server answered with malformed JSON', { cause })
  }
}

function jsonObject(value: { readonly [key: string]: unknown }): DeepReadonly<JsonObject> {
  return value as DeepReadonly<JsonObject>
}

const generic: { readonly [code: number]: readonly [StatusReason, string] } = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  403: ['Forbidden', 'the server does not allow this request'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  406: ['NotAcceptable', 'the server was unable to respond with a content type that the client supports'],
  409: ['Conflict', 'the server reported a conflict'],
  410: ['Gone', 'the requested version is gone'],
  413: ['RequestEntityTooLarge', 'the request is too large'],
  415: ['UnsupportedMediaType', 'the body of the request was in an unknown format'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'the server was unable to return a response in the time allotted'],
}

function genericStatus(code: number, body: string): DeepReadonly<JsonObject> {
  const [reason, message] = generic[code] ?? ['InternalError', `the server answered ${code}`]
  const said = body.trim().slice(0, 200)
  return jsonObject(failure(code, reason, message, said === '' ? {} : { causes: [{ message: said }] }).status)
}

/** The texts of `Warning: 299 - "text"` headers, also when several were joined by commas. */
export function parseWarnings(header: string | undefined): readonly string[] {
  if (header === undefined || header === '') return []
  const texts: string[] = []
  for (const match of header.matchAll(/\b\d{3} [^\s"]+ "((?:[^"\\]|\\.)*)"/g)) {
    texts.push((match[1] ?? '').replaceAll(/\\(.)/g, '$1'))
  }
  return texts
}
