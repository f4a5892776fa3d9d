import type { Revision } from '@kairship/storage'
import { grpcCode, GrpcError } from './connection/grpc-error.ts'
import type { WatchResponse } from './wire/messages.ts'

/** etcd has forgotten where a watch was to begin, or where it was. */
export class WatchCompactedError extends Error {
  override readonly name = 'WatchCompactedError'
  /** The oldest revision that etcd still has. */
  readonly revision: Revision
  constructor(revision: Revision) {
    super(`etcd is compacted up to revision ${revision}`)
    this.revision = revision
  }
}

/** Throws when the response says that the watch is over. */
export function assertGoesOn(response: WatchResponse): void {
  if (!response.canceled) return
  if (response.compactRevision > 0) throw new WatchCompactedError(response.compactRevision)
  // An expired token is reported as a missing permission, so signing in again may help here too.
  const denied = /permission denied|auth/u.test(response.cancelReason)
  const code = denied ? grpcCode.unauthenticated : grpcCode.unavailable
  throw new GrpcError(code, response.cancelReason || 'the watch was cancelled', { sent: true })
}
