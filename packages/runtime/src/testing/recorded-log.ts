import type { Logger } from '../contracts.ts'
import { recordLogger, type LogRecord } from '../logger.ts'

/** A logger whose records are there to be read. */
export function recordedLog(): { readonly log: Logger; readonly records: readonly LogRecord[] } {
  const records: LogRecord[] = []
  const log = recordLogger({ level: 'debug' }, (record) => void records.push(record))
  return { log, records }
}
