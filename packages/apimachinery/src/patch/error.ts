import type { ApiError } from '../status.ts'
import { errors, failure } from '../status.ts'

/**
 * A patch that cannot be applied. `malformed`: it is no patch (400). `rejected`: it does not fit this object (422).
 * `tooLarge`: it asks for too much (413). `keyless`: an item of a merged list lacks its key (500, as upstream).
 */
export class PatchError extends Error {
  override readonly name = 'PatchError'
  readonly code: 'malformed' | 'rejected' | 'tooLarge' | 'keyless'
  constructor(code: 'malformed' | 'rejected' | 'tooLarge' | 'keyless', message: string) {
    super(message)
    this.code = code
  }
}

/** The answer upstream gives. A JSON patch that does not fit is refused without saying why. */
export function patchFailure(error: PatchError): ApiError {
  switch (error.code) {
    case 'malformed':
      return errors.badRequest(error.message)
    case 'rejected':
      return failure(
        422,
        'Invalid',
        'the server rejected our request due to an error in our request',
        {},
        { cause: error },
      )
    case 'keyless':
      return failure(500, '', error.message, undefined, { cause: error })
    case 'tooLarge':
      return failure(413, 'RequestEntityTooLarge', `Request entity too large: ${error.message}`)
  }
}
