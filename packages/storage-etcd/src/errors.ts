import { StoreUnavailableError, ValueTooLargeError } from '@kairship/storage'
import { grpcCode, GrpcError } from './connection/grpc-error.ts'

/** Nothing was done, and another member, or the same a moment later, may well do it. */
const notApplied = ['etcdserver: no leader', 'etcdserver: too many requests', 'etcdserver: not capable']
const authenticateAgain = ['etcdserver: invalid auth token', 'etcdserver: revision of auth store is old']

export function isCompacted(error: unknown): boolean {
  return error instanceof GrpcError && error.message.endsWith('required revision has been compacted')
}
export function isFuture(error: unknown): boolean {
  return error instanceof GrpcError && error.message.endsWith('required revision is a future revision')
}
/** etcd has reached its quota: until there is room it takes nothing but deletes and compactions. */
export function isFull(error: unknown): boolean {
  return error instanceof StoreUnavailableError && error.message.endsWith('database space exceeded')
}
/** The token is expired or void: signing in again may help. */
export function isUnauthenticated(error: GrpcError): boolean {
  return error.code === grpcCode.unauthenticated || authenticateAgain.some((text) => error.message.startsWith(text))
}

/** Whether trying again can be right. A write is tried again only when it has certainly not been applied. */
export function isRetriable(error: GrpcError, idempotent: boolean): boolean {
  if (!error.sent || notApplied.some((text) => error.message.startsWith(text))) return true
  return idempotent && (error.code === grpcCode.unavailable || error.code === grpcCode.deadlineExceeded)
}

/** What a caller of the store is told. */
export function storeError(error: unknown): unknown {
  if (!(error instanceof GrpcError)) return error
  if (isCompacted(error) || isFuture(error)) return error
  const tooLarge = /request is too large|message larger than max/u.test(error.message)
  if (tooLarge) return new ValueTooLargeError(`etcd refuses the value: ${error.message}`, { cause: error })
  return new StoreUnavailableError(`etcd: ${error.message}`, { cause: error })
}
