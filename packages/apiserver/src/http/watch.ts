import { ApiError, formatApiVersion, type JsonObject } from '@kairship/apimachinery'
import { formatYaml } from '@kairship/apimachinery/yaml'
import { encodeFrame, type Observed } from '../cache/change.ts'
import type { Bookmark, WatchStream } from '../cache/watch-stream.ts'
import type { Answer } from './message.ts'
import { partialObject } from './partial.ts'
import type { RenderOptions } from './render.ts'
import { toTable } from './table.ts'

const batchSize = 500

/**
 * Writes a watch until it ends or the client goes. Events are taken from the history only when the socket has room: a
 * slow client costs nothing and is told when it has fallen too far behind.
 */
export function writeWatch(
  answer: Answer,
  stream: WatchStream,
  options: RenderOptions,
  gone: AbortSignal,
): Promise<void> {
  const encoder = new EventEncoder(stream, options)
  return new Promise((resolve) => {
    let scheduled = false
    let blocked = false
    let done = false
    const finish = (): void => {
      if (done) return
      done = true
      stream[Symbol.dispose]()
      answer.end()
      resolve()
    }
    const pump = (): void => {
      scheduled = false
      while (!done && !blocked) {
        if (gone.aborted) return finish()
        const ended = stream.ended
        let chunks: readonly Buffer[]
        try {
          chunks = stream.read(batchSize).map((event) => encoder.encode(event))
        } catch (error) {
          if (!(error instanceof ApiError)) throw error
          answer.write(encoder.error(error))
          return finish()
        }
        if (chunks.length === 0) return ended ? finish() : undefined
        const chunk = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
        if (!answer.write(chunk)) {
          blocked = true
          answer.once('drain', () => {
            blocked = false
            pump()
          })
        }
      }
    }
    stream.onReady = () => {
      if (scheduled) return
      scheduled = true
      // One write for everything that becomes visible in this turn.
      setImmediate(pump)
    }
    gone.addEventListener('abort', finish, { once: true })
    pump()
  })
}

class EventEncoder {
  readonly #stream: WatchStream
  readonly #options: RenderOptions
  #first = true
  constructor(stream: WatchStream, options: RenderOptions) {
    this.#stream = stream
    this.#options = options
  }

  encode(event: Observed | Bookmark): Buffer {
    const { format, as, version } = this.#options.negotiated
    if (event.type !== 'BOOKMARK' && format === 'json' && as === 'object') return encodeFrame(event)
    if (event.type === 'BOOKMARK') return this.#frame('BOOKMARK', this.#bookmark(event))
    if (as === 'partial') return this.#frame(event.type, partialObject(event.view, version))
    if (as !== 'table') return this.#frame(event.type, event.view.body as JsonObject)
    const withoutColumns = !this.#first
    this.#first = false
    const { definition } = this.#stream.installed
    const { resourceVersion = '' } = event.view.object.metadata
    const options = { ...this.#options, withoutColumns }
    return this.#frame(event.type, toTable(definition, [event.view], { resourceVersion }, options))
  }

  error(error: ApiError): Buffer {
    return this.#frame('ERROR', error.status as unknown as JsonObject)
  }

  #bookmark({ revision, initialEventsEnd }: Bookmark): JsonObject {
    const { as, version } = this.#options.negotiated
    const { group, version: served, kind } = this.#stream.installed.definition
    const metadata: JsonObject = {
      resourceVersion: String(revision),
      ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    }
    if (as === 'partial') return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata }
    if (as === 'table') {
      const object = { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata }
      const head = { kind: 'Table', apiVersion: `meta.k8s.io/${version}`, metadata }
      return { ...head, columnDefinitions: [], rows: [{ cells: [], object }] }
    }
    return { kind, apiVersion: formatApiVersion(group, served), metadata }
  }

  #frame(type: string, object: JsonObject): Buffer {
    if (this.#options.negotiated.format === 'yaml') return Buffer.from(`---\n${formatYaml({ type, object })}`)
    return Buffer.from(`${JSON.stringify({ type, object })}\n`)
  }
}
