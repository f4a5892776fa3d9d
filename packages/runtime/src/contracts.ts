/** Time, injected everywhere so that tests and simulations own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Runs `callback` once after `ms`; disposing cancels. Never keeps the process alive by itself when `unref` is set. */
  setTimeout(callback: () => void, ms: number, options?: { readonly unref?: boolean }): Disposable
  /** Resolves after `ms`, rejects with the signal's reason when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Randomness, injected. `bytes` is cryptographically strong in production. */
export interface Random {
  /** 0 <= x < 1 */
  next(): number
  uuid(): string
  bytes(length: number): Uint8Array
}

export type LogFields = { readonly [key: string]: string | number | boolean | null | undefined }
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  /** `error` is rendered with stack and causes. Secrets never belong in messages or fields (I13). */
  error(message: string, error: unknown, fields?: LogFields): void
  with(fields: LogFields): Logger
}

/**
 * Owns promises. Everything long-running is started through a group, so it is awaited, cancelled and reported.
 * Disposing aborts `signal` and waits for all tasks. A task that throws (other than by abort) goes to `onError`.
 */
export interface TaskGroup extends AsyncDisposable {
  readonly signal: AbortSignal
  run(name: string, task: (signal: AbortSignal) => Promise<void>): void
  child(name: string): TaskGroup
}

/** Something the process runs until told to stop. Resolves when it has stopped. */
export interface Runnable {
  readonly name: string
  run(signal: AbortSignal): Promise<void>
}
