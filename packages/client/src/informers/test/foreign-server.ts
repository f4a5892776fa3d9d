import type { ConfigMap } from '@kairship/api/builtin'
import type { Connection, DeepReadonly, Operation, WatchEvent } from '@kairship/apimachinery'
import { failure } from '@kairship/apimachinery'

export const map = (name: string, n: string, labels: { [key: string]: string } = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', labels },
  data: { n },
})

/** Somebody else's server, step by step: what ours cannot be made to do on demand. */
export class ForeignServer implements Connection {
  objects: Map<string, ConfigMap> = new Map()
  version: number = 1
  lists: number = 0
  watches: Operation[] = []
  streaming: 'yes' | 'refused' | 'ignored' = 'refused'
  failure: Error | undefined
  #send: ((batch: readonly WatchEvent[] | Error | undefined) => void) | undefined

  put(name: string, n: string, uid: string = name): DeepReadonly<ConfigMap> {
    this.version++
    const object = map(name, n)
    object.metadata = { ...object.metadata, uid, resourceVersion: String(this.version) }
    this.objects.set(name, object)
    return object
  }

  /** Into the open watch: events, a failure, or its end. */
  send(what: readonly WatchEvent[] | Error | undefined): void {
    this.#send?.(what)
  }

  async request(): ReturnType<Connection['request']> {
    this.lists++
    if (this.failure !== undefined) throw this.failure
    const body = { metadata: { resourceVersion: String(this.version) }, items: [...this.objects.values()] }
    return { status: 200, body: JSON.parse(JSON.stringify(body)), warnings: [] }
  }

  async *watch(operation: Operation, signal: AbortSignal): AsyncIterable<readonly WatchEvent[]> {
    this.watches.push(operation)
    if (this.failure !== undefined) throw this.failure
    if (operation.query?.sendInitialEvents === true) {
      if (this.streaming === 'refused') throw failure(422, 'Invalid', 'sendInitialEvents is forbidden')
      yield [...this.objects.values()].map((object) => ({ type: 'ADDED' as const, object }))
      if (this.streaming === 'yes') {
        yield [{ type: 'BOOKMARK', resourceVersion: String(this.version), initialEventsEnd: true }]
      }
    }
    for (;;) {
      const next = await new Promise<readonly WatchEvent[] | Error | undefined>((resolve) => {
        this.#send = resolve
        signal.addEventListener('abort', () => resolve(undefined), { once: true })
      })
      if (next === undefined) return
      if (next instanceof Error) throw next
      yield next
    }
  }

  raw(): never {
    throw new Error('not asked')
  }
}
