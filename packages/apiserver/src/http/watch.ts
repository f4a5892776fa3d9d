import { ApiError, errors, formatApiVersion, type JsonObject } from '@kairship/apimachinery'
import { formatYaml } from '@kairship/apimachinery/yaml'
import { errorMessage, type Logger } from '@kairship/runtime'
import { encodeFrame, type Observed } from '../cache/change.ts'
import type { Bookmark, WatchStream } from '../cache/watch-stream.ts'
import type { Answer } from './message.ts'
import { partialObject } from './partial.ts'
import type { RenderOptions } from './render.ts'
import { toTable } from './table.ts'

const batchSize = 500

export interface WatchWriter {
  readonly answer: Answer
  readonly stream: WatchStream
  readonly rendering: RenderOptions
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal
  readonly log: Logger
}

/**
 * Writes a watch until it ends or the client goes. Events are taken from the history only when the socket has room: a
 * slow client costs nothing and is told when it has fallen too far behind.
 */
export function writeWatch({ answer, stream, rendering, gone, log }: WatchWriter): Promise<void> {
  const encoder = new EventEncoder(stream, rendering)
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
      try {
        while (!done && !blocked) {
          const ended = stream.ended || gone.aborted
          const events = gone.aborted ? [] : stream.read(batchSize)
          if (events.length === 0) return ended ? finish() : undefined
          blocked = !answer.write(joined(events.map((event) => encoder.encode(event))))
        }
      } catch (error) {
        answer.write(encoder.error(asApiError(error, log)))
        finish()
        return
      }
      if (!blocked) return
      answer.once('drain', () => {
        blocked = false
        pump()
      })
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

function joined(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

function asApiError(error: unknown, log: Logger): ApiError {
  if (error instanceof ApiError) return error
  log.error('a watch failed', error)
  return errors.internal(errorMessage(error), error)
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
