import { type ApiError, type Status, failure } from '@kairship/apimachinery'
import type { AnyResponse, ReadyCheck } from './door.ts'

export function notServed(kind: 'instances' | 'clusters', name: string): ApiError {
  const noun = kind === 'instances' ? 'instance' : 'simulated cluster'
  return failure(404, 'NotFound', `${noun} "${name}" is not served here`, { name, group: 'kairship.io', kind })
}

export function sendStatus(response: AnyResponse, status: Status): void {
  send(response, status.code, 'application/json', JSON.stringify(status))
}

export function sendText(response: AnyResponse, code: number, text: string): void {
  response.setHeader('x-content-type-options', 'nosniff')
  send(response, code, 'text/plain; charset=utf-8', text)
}

/**
 * `ok` when everything serves; otherwise, or when asked, one line per kind of plane. Names are not told: this is answered
 * to anybody, and tenants must not learn of each other.
 */
export function sendReadiness(response: AnyResponse, checks: readonly ReadyCheck[], verbose: boolean): void {
  const ready = checks.length > 0 && checks.every((check) => check.ready)
  if (ready && !verbose) return sendText(response, 200, 'ok')
  const kinds = Map.groupBy(checks, (check) => check.kind)
  const lines = Array.from(kinds, ([kind, planes]) => {
    const serving = planes.filter((plane) => plane.ready).length
    return serving === planes.length ? `[+]${kind} ok` : `[-]${kind} failed: ${serving} of ${planes.length} serve`
  })
  lines.push(ready ? 'readyz check passed' : 'readyz check failed')
  sendText(response, ready ? 200 : 503, `${lines.join('\n')}\n`)
}

function send(response: AnyResponse, code: number, type: string, text: string): void {
  response.statusCode = code
  response.setHeader('content-type', type)
  response.setHeader('content-length', Buffer.byteLength(text))
  response.setHeader('cache-control', 'no-cache, private')
  response.end(text)
}
