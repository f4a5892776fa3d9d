import { errors } from '@kairship/apimachinery'

/** Where the next page of a list begins. `revision` -1: whatever is there now. */
export interface Continuation {
  readonly revision: number
  readonly start: string
}

/** Upstream's token: base64url of `{"v":"meta.k8s.io/v1","rv":229,"start":"ns/name\0"}`. */
export function encodeContinue({ revision, start }: Continuation): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url')
}

export function decodeContinue(token: string): Continuation {
  const invalid = (text: string): Error => errors.badRequest(`invalid continue token: ${text}`)
  if (token.length > 4096) throw invalid('too long')
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(token, 'base64url').toString())
  } catch {
    throw invalid('continue key is not valid')
  }
  if (typeof value !== 'object' || value === null) throw invalid('continue key is not valid')
  const { v, rv, start } = value as { v?: unknown; rv?: unknown; start?: unknown }
  if (v !== 'meta.k8s.io/v1') throw invalid('server does not recognize this encoded version')
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv < -1 || rv === 0)
    throw invalid('incorrect encoded start resourceVersion')
  if (typeof start !== 'string' || start === '') throw invalid('encoded start key empty')
  return { revision: rv, start }
}
