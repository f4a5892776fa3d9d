import { deferred, type Deferred } from '@kairship/runtime'
import { StoreUnavailableError } from '@kairship/storage'
import { Worker, type Transferable } from 'node:worker_threads'
import { StoreOpenError } from './open-error.ts'
import type { Answers, ReplyMessage, Request, RequestMessage } from './protocol.ts'

interface Waiting {
  readonly path: string
  readonly answer: Deferred<Answers[keyof Answers]>
}

/** The main thread's side of one worker: requests and their answers, in order. */
export class SqliteThread implements AsyncDisposable {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 0
  #died: Error | undefined
  /** Files that are open or being opened in this thread. */
  databases = 0

  constructor() {
    // The file next to this one: TypeScript as it is, JavaScript when compiled.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    this.#worker = new Worker(new URL(`./worker/main.${extension}`, import.meta.url), { name: 'sqlite' })
    this.#worker.unref()
    this.#worker.on('message', (message: ReplyMessage) => this.#receive(message))
    this.#worker.on('error', (error) =>
      this.#fail(new StoreUnavailableError('the storage thread failed', { cause: error })),
    )
    this.#worker.on('exit', () => this.#fail(new StoreUnavailableError('the storage thread has ended')))
  }

  request<T extends Request['type']>(
    path: string,
    request: Extract<Request, { readonly type: T }>,
    transfer: readonly Transferable[] = [],
  ): Promise<Answers[T]> {
    if (this.#died !== undefined) return Promise.reject(this.#died)
    const id = this.#nextId++
    const answer = deferred<Answers[keyof Answers]>()
    // Work under way keeps the process alive; a thread that only waits does not.
    if (this.#waiting.size === 0) this.#worker.ref()
    this.#waiting.set(id, { path, answer })
    const message: RequestMessage = { id, request }
    this.#worker.postMessage(message, transfer)
    return parseAnswer<T>(answer.promise)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate()
  }

  #receive(message: ReplyMessage): void {
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (this.#waiting.size === 0) this.#worker.unref()
    if (waiting === undefined) return
    if ('answer' in message) waiting.answer.resolve(message.answer)
    else if ('error' in message) waiting.answer.reject(new StoreUnavailableError(message.error))
    else waiting.answer.reject(new StoreOpenError(waiting.path, message.refusal.failure, message.refusal.detail))
  }

  #fail(error: Error): void {
    this.#died ??= error
    for (const { answer } of this.#waiting.values()) answer.reject(this.#died)
    this.#waiting.clear()
  }
}

/** The worker answers each request with the type that belongs to it; messages themselves carry no types. */
function parseAnswer<T extends Request['type']>(answer: Promise<Answers[keyof Answers]>): Promise<Answers[T]> {
  return answer as Promise<Answers[T]>
}
