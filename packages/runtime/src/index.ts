export type * from './contracts.ts'
export { aborted, isAbort, orAbort } from './abort.ts'
export { exponentialBackoff, type Backoff, type BackoffOptions } from './backoff.ts'
export { sleepOn, systemClock } from './clock.ts'
export { deferred, type Deferred } from './deferred.ts'
export { describeError, errorMessage, errorText, type ErrorDescription } from './error-text.ts'
export {
  jsonLogger,
  recordLogger,
  silentLogger,
  teeLogger,
  textLogger,
  type LoggerOptions,
  type LogLevel,
  type LogRecord,
} from './logger.ts'
export {
  createMetrics,
  defaultBuckets,
  type Counter,
  type Gauge,
  type Histogram,
  type Labels,
  type MetricOptions,
  type Metrics,
} from './metrics.ts'
export { formatUuid, systemRandom } from './random.ts'
export { mutex, semaphore, type Semaphore } from './semaphore.ts'
export { taskGroup, type TaskGroupOptions } from './task-group.ts'
