/** Why a file was refused; nothing in it was changed. */
export type OpenFailure =
  /** Another process, or another store of this one, has it open. */
  | 'in-use'
  /** The content is damaged or no database at all. */
  | 'corrupt'
  /** A database, but of another program. */
  | 'foreign'
  /** Written by a newer version of this program. */
  | 'newer'
  /** The file system said no: missing rights, no such directory, disk full. */
  | 'inaccessible'

export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError'
  readonly path: string
  readonly failure: OpenFailure
  readonly detail: string
  constructor(path: string, failure: OpenFailure, detail: string) {
    super(`cannot open ${path}: ${detail}`)
    this.path = path
    this.failure = failure
    this.detail = detail
  }
}
