import type { Unstructured, WatchEvent } from '@kairship/apimachinery'
import { ApiError, ConnectionError, failure, isPlainObject, parseJson, statusFromBody } from '@kairship/apimachinery'

/** An event larger than this is no Kubernetes object (etcd refuses 1.5 MiB, JSON may be a few times that). */
const defaultLimit = 64 * 1024 * 1024

/**
 * The events of a watch response, one batch per chunk that completed at least one line. Throws the `ApiError` of an ERROR
 * event after the events before it, and `ConnectionError` for anything that is not the watch protocol.
 */
export async function* watchStream(
  chunks: AsyncIterable<Uint8Array>,
  limit: number = defaultLimit,
): AsyncIterable<readonly WatchEvent[]> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true })
    let end = text.indexOf('\n')
    if (end < 0) {
      rest += text
      if (rest.length > limit) throw new ConnectionError(`a watch event is larger than ${limit} characters`)
      continue
    }
    const batch: WatchEvent[] = []
    let failed: ApiError | undefined
    let start = 0
    while (end >= 0 && failed === undefined) {
      const line = rest + text.slice(start, end)
      rest = ''
      start = end + 1
      end = text.indexOf('\n', start)
      if (line.trim() === '') continue
      const event = parseWatchLine(line)
      if (event instanceof ApiError) failed = event
      else batch.push(event)
    }
    if (batch.length > 0) yield batch
    if (failed !== undefined) throw failed
    rest = text.slice(start)
  }
  if (rest.trim() !== '') throw new ConnectionError('the watch was cut in the middle of an event')
}

function parseWatchLine(line: string): WatchEvent | ApiError {
  let value: unknown
  try {
    value = parseJson(line).value
  } catch (cause) {
    throw new ConnectionError('the server sent a watch event that is not JSON', { cause })
  }
  if (!isPlainObject(value) || !isPlainObject(value['object']))
    throw new ConnectionError('the server sent a malformed watch event')
  const object = value['object']
  switch (value['type']) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      if (!isPlainObject(object['metadata']))
        throw new ConnectionError('the server sent a watch event without metadata')
      return { type: value['type'], object: object as Unstructured }
    case 'BOOKMARK':
      return parseBookmark(object)
    case 'ERROR': {
      const code = object['code']
      if (object['kind'] === 'Status' && typeof code === 'number') {
        return statusFromBody(code, object as Parameters<typeof statusFromBody>[1])
      }
      return failure(500, 'InternalError', 'the server ended the watch with an error it did not describe')
    }
    default:
      throw new ConnectionError(`the server sent a watch event of unknown type ${JSON.stringify(value['type'])}`)
  }
}

function parseBookmark(object: { readonly [key: string]: unknown }): WatchEvent {
  const metadata = isPlainObject(object['metadata']) ? object['metadata'] : {}
  const annotations = isPlainObject(metadata['annotations']) ? metadata['annotations'] : {}
  const version = metadata['resourceVersion']
  return {
    type: 'BOOKMARK',
    resourceVersion: typeof version === 'string' ? version : '',
    initialEventsEnd: annotations['k8s.io/initial-events-end'] === 'true',
  }
}
