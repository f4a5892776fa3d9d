import { get, type ClientRequest } from 'node:http'
import type { ServerProcess } from './process.ts'
import { type ConfigMap, path } from './workload.ts'

export interface Seen {
  readonly type: string
  readonly name: string
  readonly n: number
  readonly rv: number
}
/** An unbroken stretch of what a watcher knows: from a list at `from` on, over any number of connections. */
export interface Segment {
  readonly from: number
  readonly start: ReadonlyMap<string, number>
  readonly events: Seen[]
  /** All up to here was told. */
  until: number
}

/** Follows the objects as an informer does: list, watch from there, continue where it was cut off, list anew on 410. */
export class Watcher {
  readonly segments: Segment[] = []
  readonly problems: string[] = []
  expired = 0
  connections = 0
  readonly #server: ServerProcess
  readonly #query: string
  readonly #slow: boolean
  #request: ClientRequest | undefined
  #stopped = false

  constructor(server: ServerProcess, options: { readonly selector?: string; readonly slow?: boolean }) {
    this.#server = server
    this.#slow = options.slow ?? false
    this.#query = options.selector === undefined ? '' : `&labelSelector=${encodeURIComponent(options.selector)}`
  }

  get position(): number {
    return this.segments.at(-1)?.until ?? 0
  }

  async run(): Promise<void> {
    let segment: Segment | undefined
    while (!this.#stopped) {
      segment ??= await this.#list()
      const again = segment === undefined ? 'later' : await this.#watch(segment)
      if (again === 'list') segment = undefined
      else await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 20))
    }
  }
  stop(): void {
    this.#stopped = true
    this.#request?.destroy()
  }

  async #list(): Promise<Segment | undefined> {
    const { status, body } = await this.#server.send('GET', `${path}?${this.#query}`)
    if (status !== 200) return undefined
    const list: { metadata: { resourceVersion: string }; items: ConfigMap[] } = JSON.parse(body)
    const from = Number(list.metadata.resourceVersion)
    if (from < this.position) this.problems.push(`a list at ${from} after ${this.position}`)
    const start = new Map(list.items.map((item) => [item.metadata.name, Number(item.data.n)]))
    const segment: Segment = { from, start, events: [], until: from }
    this.segments.push(segment)
    return segment
  }

  #watch(segment: Segment): Promise<'list' | 'later'> {
    this.connections++
    return new Promise((resolve) => {
      let outcome: 'list' | 'later' = 'later'
      const where = `${path}?watch=1&allowWatchBookmarks=true&resourceVersion=${segment.until}${this.#query}`
      const request = get({ host: '127.0.0.1', port: this.#server.port, path: where, agent: false }, (response) => {
        let rest = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          const lines = (rest + chunk).split('\n')
          rest = lines.pop() ?? ''
          for (const line of lines) if (!this.#event(segment, JSON.parse(line))) outcome = 'list'
          if (!this.#slow) return
          response.pause()
          setTimeout(() => response.resume(), 50 + Math.random() * 400)
        })
        response.on('error', () => resolve(outcome))
        response.on('close', () => resolve(outcome))
      })
      this.#request = request
      request.on('error', () => resolve(outcome))
    })
  }

  #event(
    segment: Segment,
    event: { readonly type: string; readonly object: ConfigMap & { readonly code?: number } },
  ): boolean {
    if (event.type === 'ERROR') {
      if (event.object.code !== 410) this.problems.push(`an error event: ${JSON.stringify(event.object)}`)
      this.expired++
      return false
    }
    const { name, resourceVersion } = event.object.metadata
    const rv = Number(resourceVersion)
    if (event.type === 'BOOKMARK') {
      if (rv < segment.until) this.problems.push(`a bookmark at ${rv} after ${segment.until}`)
      segment.until = Math.max(segment.until, rv)
      return true
    }
    if (rv <= segment.until) this.problems.push(`${event.type} of ${name} at ${rv} after ${segment.until}`)
    segment.events.push({ type: event.type, name, n: Number(event.object.data.n), rv })
    segment.until = rv
    return true
  }
}
