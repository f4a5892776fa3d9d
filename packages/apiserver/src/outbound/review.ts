import { isPlainObject, type JsonObject, parseJson } from '@kairship/apimachinery'
import { text } from '../builtin/fields.ts'
import type { PlaneRegistry } from '../strategy.ts'
import { OutboundError } from './failure-text.ts'
import type { Outbound } from './outbound.ts'
import { type ClientConfig, locate } from './targets.ts'

export interface ReviewCall {
  readonly config: ClientConfig
  readonly review: JsonObject
  readonly userAgent: string
  readonly timeoutSeconds: number
  readonly maxBytes: number
  readonly signal?: AbortSignal | undefined
}

/** Posts a review and gives the review that comes back. Throws `OutboundError` in the words that upstream's client uses. */
export async function postReview(
  outbound: Outbound,
  registry: Pick<PlaneRegistry, 'get' | 'list'>,
  { config, review, userAgent, timeoutSeconds, maxBytes, signal }: ReviewCall,
): Promise<JsonObject> {
  const query = `?timeout=${timeoutSeconds}s`
  const body = JSON.stringify(review)
  const headers = {
    'user-agent': userAgent,
    accept: 'application/json, */*',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  const timeoutMs = timeoutSeconds * 1000
  const call = { method: 'POST', path: config.path + query, headers, body, timeoutMs, maxBytes, signal }
  let answer
  try {
    answer = await outbound.call(locate(config, registry), call)
  } catch (error) {
    const reason = error instanceof OutboundError ? error.message : String(error)
    throw new OutboundError(`Post ${JSON.stringify(config.url + query)}: ${missing(reason, config)}`, { cause: error })
  }
  if (answer.status < 200 || answer.status > 206) throw new OutboundError(statusText(answer.status, answer.body))
  let parsed: unknown
  try {
    parsed = parseJson(answer.body).value
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new OutboundError(`couldn't get version/kind; json parse error: ${reason}`, { cause: error })
  }
  if (!isPlainObject(parsed)) throw new OutboundError("couldn't get version/kind; json parse error: no object")
  return parseObject(parsed)
}

/** DNS does not know the Service of a plane that has none of that name. */
function missing(reason: string, { service }: ClientConfig): string {
  if (service === undefined || !reason.endsWith(': no such host')) return reason
  return `service ${JSON.stringify(service.name)} not found`
}

const statusTexts: { readonly [code: number]: string | undefined } = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
}

function statusText(code: number, body: Buffer): string {
  const shown = body.toString('utf8', 0, 2048).trim()
  try {
    const parsed: unknown = JSON.parse(shown)
    if (isPlainObject(parsed) && parsed['kind'] === 'Status' && text(parsed, 'message') !== '') {
      return text(parsed, 'message')
    }
  } catch {
    // Not a Status: the code says it.
  }
  const known = statusTexts[code]
  if (known !== undefined) return known
  if (code === 403) return shown
  if (code >= 500) return `an error on the server (${JSON.stringify(shown)}) has prevented the request from succeeding`
  return `the server responded with the status code ${code} but did not return more information`
}

function parseObject(value: object): JsonObject {
  return value as JsonObject
}

/** `response` of a review, checked to be for this request. Throws plain errors in upstream's words. */
export function responseOf(
  review: JsonObject,
  expected: { readonly group: string; readonly version: string; readonly kind: string; readonly uid: string },
  absent: string,
): JsonObject {
  const { response } = review
  if (!isPlainObject(response)) throw new OutboundError(absent)
  // Only v1 says what a response must repeat.
  if (expected.version !== 'v1') return parseObject(response)
  const uid = text(response, 'uid')
  if (uid !== expected.uid) {
    throw new OutboundError(`expected response.uid=${JSON.stringify(expected.uid)}, got ${JSON.stringify(uid)}`)
  }
  const want = `${expected.group}/${expected.version}, Kind=${expected.kind}`
  const apiVersion = text(review, 'apiVersion')
  const got = `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${text(review, 'kind')}`
  if (want !== got) throw new OutboundError(`expected webhook response of ${want}, got ${got}`)
  return parseObject(response)
}
