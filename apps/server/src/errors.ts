export type ServerErrorCode =
  | 'DATA_DIRECTORY_UNUSABLE'
  | 'DATA_DIRECTORY_IN_USE'
  | 'DATA_TOO_NEW'
  | 'DATA_FILE_UNUSABLE'
  | 'ADDRESS_UNUSABLE'
  | 'PKI_BROKEN'

/** The server cannot start. The message names the object; `next` is what a person can do about it. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly code: ServerErrorCode
  readonly next: string
  constructor(code: ServerErrorCode, message: string, options: ErrorOptions & { readonly next: string }) {
    super(message, options)
    this.code = code
    this.next = options.next
  }
}
