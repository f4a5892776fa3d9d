import { isAbort } from './abort.ts'
import type { Logger, TaskGroup } from './contracts.ts'

export interface TaskGroupOptions {
  readonly name: string
  readonly log: Logger
  /** The group stops when this aborts; disposing it is still needed to wait for its tasks. */
  readonly signal?: AbortSignal
  /** What happens when a task fails. Default: the error is logged and the other tasks go on. */
  readonly onError?: (error: unknown, task: string) => void
}

/**
 * The owner of promises. A task asked for after the group was stopped is not started: during shutdown nobody has to
 * check first.
 */
export function taskGroup(options: TaskGroupOptions): TaskGroup {
  return new Tasks(options)
}

class Tasks implements TaskGroup {
  readonly #options: TaskGroupOptions
  readonly #controller = new AbortController()
  readonly #running = new Set<Promise<void>>()
  readonly #children = new Set<Tasks>()
  readonly #onOuterAbort: () => void
  #forget: () => void = () => {}

  constructor(options: TaskGroupOptions) {
    this.#options = options
    const outer = options.signal
    this.#onOuterAbort = () => this.#controller.abort(outer?.reason)
    if (outer?.aborted === true) this.#onOuterAbort()
    else outer?.addEventListener('abort', this.#onOuterAbort, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  run(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    if (this.signal.aborted) return
    const running = this.#supervise(name, task).finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  child(name: string): TaskGroup {
    const child = new Tasks({ ...this.#options, name: `${this.#options.name}/${name}`, signal: this.signal })
    this.#children.add(child)
    // A child that is disposed alone must not be remembered for the life of its parent.
    child.#forget = () => this.#children.delete(child)
    return child
  }

  async #supervise(name: string, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await task(this.signal)
    } catch (error) {
      if (isAbort(error, this.signal)) return
      if (this.#options.onError === undefined) {
        this.#options.log.error('task failed', error, { group: this.#options.name, task: name })
      } else {
        this.#options.onError(error, name)
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onOuterAbort)
    this.#controller.abort(new DOMException(`${this.#options.name} is stopping`, 'AbortError'))
    // Tasks may have started others before they noticed; wait until none is left.
    while (this.#running.size > 0 || this.#children.size > 0) {
      await Promise.all([...this.#running, ...Array.from(this.#children, (child) => child[Symbol.asyncDispose]())])
    }
    this.#forget()
  }
}
