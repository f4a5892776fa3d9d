import { errors, failure } from '@kairship/apimachinery'
import { StoreUnavailableError, ValueTooLargeError } from '@kairship/storage'

/** The cap on one stored object, as etcd's. */
export const maxObjectBytes = 1_572_864

/** What a client is told when the store fails: to come back later, or that it never will. */
export function storeFailure(error: unknown, what: string): unknown {
  if (error instanceof ValueTooLargeError) return errors.tooLarge(maxObjectBytes)
  if (!(error instanceof StoreUnavailableError)) return error
  return failure(503, 'ServiceUnavailable', `${what}: ${error.message}`, undefined, { cause: error })
}
