import type { Connection, RawReply } from '@kairship/apimachinery'
import { ConnectionError, isPlainObject, parseJson, statusFromBody } from '@kairship/apimachinery'

export interface DiscoveryDocument {
  readonly body: { readonly [key: string]: unknown }
  readonly aggregated: boolean
}

/** A JSON document outside the resource API; failures are thrown as `ApiError`. */
export async function readDocument(
  connection: Connection,
  path: string,
  accept: string,
  signal: AbortSignal | undefined,
): Promise<DiscoveryDocument> {
  const reply: RawReply = await connection.raw(path, { accept, ...(signal === undefined ? {} : { signal }) })
  let body: unknown
  try {
    body = parseJson(reply.body).value
  } catch (cause) {
    if (reply.status < 400)
      throw new ConnectionError(`${path}: the server answered with something that is not JSON`, { cause })
  }
  if (reply.status >= 400) throw statusFromBody(reply.status, isPlainObject(body) ? statusBody(body) : {})
  if (!isPlainObject(body)) throw new ConnectionError(`${path}: the server answered with something that is no object`)
  return { body, aggregated: reply.contentType.includes('as=APIGroupDiscoveryList') }
}

function statusBody(body: { readonly [key: string]: unknown }): Parameters<typeof statusFromBody>[1] {
  return body as Parameters<typeof statusFromBody>[1]
}
