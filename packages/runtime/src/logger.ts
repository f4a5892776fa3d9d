import { systemClock } from './clock.ts'
import type { Clock, LogFields, Logger } from './contracts.ts'
import { describeError, errorMessage, errorText } from './error-text.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

export interface LogRecord {
  readonly time: number
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
  /** Present for `error` records. */
  readonly error?: unknown
}

export interface LoggerOptions {
  /** Receives one finished line (text: possibly several) without the final newline. */
  readonly write: (line: string) => void
  /** Records below are dropped. Default `info`. */
  readonly level?: LogLevel
  /** Records for which it says no are dropped as well. */
  readonly accept?: (record: LogRecord) => boolean
  readonly clock?: Clock
}

/** One JSON object per line: `time`, `level`, `message`, `error`, then the fields. */
export function jsonLogger(options: LoggerOptions): Logger {
  return recordLogger(options, ({ time, level, message, fields, error }) => {
    const record = { time: new Date(time).toISOString(), level, message }
    options.write(
      JSON.stringify({ ...record, ...(level === 'error' ? { error: describeError(error) } : {}), ...fields }),
    )
  })
}

/** Lines for people: `12:00:00.123 warn  message  key=value`. Errors with their stacks, or in the same line without. */
export function textLogger(options: LoggerOptions & { readonly color?: boolean; readonly stacks?: boolean }): Logger {
  const stacks = options.stacks ?? true
  const paint: Readonly<Record<LogLevel, (text: string) => string>> =
    options.color === true ? colors : { debug: same, info: same, warn: same, error: same }
  return recordLogger(options, ({ time, level, message, fields, error }) => {
    let line = `${new Date(time).toISOString().slice(11, 23)} ${paint[level](level.padEnd(5))} ${oneLine(message)}`
    for (const [key, value] of Object.entries(fields)) {
      if (value !== undefined) line += ` ${key}=${fieldText(value)}`
    }
    if (level === 'error') line += stacks ? `\n${indent(errorText(error))}` : `: ${oneLine(errorMessage(error))}`
    options.write(line)
  })
}

/** Everything goes to each of them. */
export function teeLogger(...logs: readonly Logger[]): Logger {
  return {
    debug: (message, fields) => logs.forEach((log) => log.debug(message, fields)),
    info: (message, fields) => logs.forEach((log) => log.info(message, fields)),
    warn: (message, fields) => logs.forEach((log) => log.warn(message, fields)),
    error: (message, error, fields) => logs.forEach((log) => log.error(message, error, fields)),
    with: (fields) => teeLogger(...logs.map((log) => log.with(fields))),
  }
}

/** Drops everything. */
export function silentLogger(): Logger {
  const log: Logger = { debug() {}, info() {}, warn() {}, error() {}, with: () => log }
  return log
}

/** A logger that hands records on as values: what the others are made of, and tests and UIs read. */
export function recordLogger(options: Omit<LoggerOptions, 'write'>, sink: (record: LogRecord) => void): Logger {
  const clock = options.clock ?? systemClock()
  const least = order.indexOf(options.level ?? 'info')
  const create = (bound: LogFields): Logger => {
    const emit = (level: LogLevel, message: string, fields: LogFields | undefined, error?: unknown): void => {
      if (order.indexOf(level) < least) return
      const all = fields === undefined ? bound : { ...bound, ...fields }
      const record = { time: clock.now(), level, message, fields: all, ...(level === 'error' ? { error } : {}) }
      if (options.accept?.(record) !== false) sink(record)
    }
    return {
      debug: (message, fields) => emit('debug', message, fields),
      info: (message, fields) => emit('info', message, fields),
      warn: (message, fields) => emit('warn', message, fields),
      error: (message, error, fields) => emit('error', message, fields, error),
      with: (fields) => create({ ...bound, ...fields }),
    }
  }
  return create({})
}

const same = (text: string): string => text
const colors: Readonly<Record<LogLevel, (text: string) => string>> = {
  debug: (text) => `\u001b[90m${text}\u001b[0m`,
  info: (text) => `\u001b[36m${text}\u001b[0m`,
  warn: (text) => `\u001b[33m${text}\u001b[0m`,
  error: (text) => `\u001b[31m${text}\u001b[0m`,
}

/** Text from outside must not start lines of its own or move the terminal's cursor. */
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g
// oxlint-disable-next-line no-control-regex
const controlsButNewline = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g
const escapeControl = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

function oneLine(text: string): string {
  return text.replace(controls, escapeControl)
}
function indent(text: string): string {
  return `  ${text.replace(controlsButNewline, escapeControl).replaceAll('\n', '\n  ')}`
}
function fieldText(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value)
  return /^[^\s"=]+$/.test(value) ? oneLine(value) : JSON.stringify(value)
}
