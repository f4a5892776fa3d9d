import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { type LogLevel, type LogRecord, type Logger, jsonLogger, teeLogger, textLogger } from '@kairship/runtime'
import type { Invocation } from '../command.ts'

/** A full file becomes `<file>.1`; the one before it is dropped. */
const fullBytes = 10 * 1024 * 1024

/** For service managers: everything from the chosen level on goes to standard error. */
export function serviceLog({ options, terminal }: Invocation): Logger {
  const write = (line: string): void => terminal.err(`${line}\n`)
  const level = parseLevel(options.given('logLevel'))
  return options.text('logFormat') === 'json'
    ? jsonLogger({ write, level, clock: terminal.clock })
    : textLogger({ write, level, clock: terminal.clock, color: terminal.interactive })
}

/**
 * For people: the details go to a file, and the terminal gets each warning once, in one line. With `--verbose` the
 * terminal gets everything too.
 */
export function watchedLog({ options, terminal }: Invocation, file: LogFile): Logger {
  const { clock, interactive: color } = terminal
  const level = parseLevel(options.given('logLevel'))
  const keep = { write: (line: string): void => file.write(line), level, clock }
  const kept = options.text('logFormat') === 'json' ? jsonLogger(keep) : textLogger(keep)
  const write = (line: string): void => terminal.err(`${line}\n`)
  const shown = options.flag('verbose')
    ? textLogger({ write, level, clock, color })
    : textLogger({ write, level: 'warn', clock, color, stacks: false, accept: once() })
  return teeLogger(kept, shown)
}

/** True the first time that something is said about the same things; remembers a bounded number of them. */
export function once(limit = 1000): (record: LogRecord) => boolean {
  const said = new Set<string>()
  return ({ level, message, fields, error }) => {
    const { attempt: _attempt, ...about } = fields
    const text = JSON.stringify([level, message, about, error instanceof Error ? error.message : error])
    if (said.has(text)) return false
    if (said.size >= limit) said.clear()
    said.add(text)
    return true
  }
}

/** Appends lines to a file of bounded size. Opened with the first line, so that a server that never ran leaves none. */
export class LogFile implements Disposable {
  readonly path: string
  readonly #limit: number
  #open: { readonly fd: number; bytes: number } | undefined
  #closed = false

  constructor(path: string, limit: number = fullBytes) {
    this.path = path
    this.#limit = limit
  }

  /** A log that cannot be written must not stop what it tells about. */
  write(line: string): void {
    if (this.#closed) return
    const bytes = Buffer.from(`${line}\n`)
    try {
      let open = (this.#open ??= openLog(this.path))
      if (open.bytes > 0 && open.bytes + bytes.length > this.#limit) {
        closeSync(open.fd)
        this.#open = undefined
        renameSync(this.path, `${this.path}.1`)
        open = this.#open = openLog(this.path)
      }
      writeSync(open.fd, bytes)
      open.bytes += bytes.length
    } catch {
      this[Symbol.dispose]()
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true
    if (this.#open !== undefined) closeSync(this.#open.fd)
    this.#open = undefined
  }
}

function openLog(path: string): { readonly fd: number; bytes: number } {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const fd = openSync(path, 'a', 0o600)
  return { fd, bytes: fstatSync(fd).size }
}

function parseLevel(text: string): LogLevel {
  return text === 'debug' || text === 'info' || text === 'error' ? text : 'warn'
}
