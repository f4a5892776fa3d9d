export type JoinErrorCode =
  /** Not a usable member name. */
  | 'INVALID_NAME'
  /** The instance has a member of this name. */
  | 'NAME_TAKEN'
  /** The same cluster is a member of this instance under another name. */
  | 'ALREADY_JOINED'
  /** The address is a control plane of this program, not a cluster. */
  | 'NO_WORKLOAD_CLUSTER'
  /** Another control plane has joined this cluster. */
  | 'JOINED_ELSEWHERE'
  | 'MEMBER_UNREACHABLE'
  | 'MEMBER_UNAUTHORIZED'
  | 'MEMBER_NOT_KUBERNETES'
  | 'MEMBER_TOO_OLD'
  | 'MEMBER_RIGHTS'
  | 'INSTANCE_UNREACHABLE'
  /** The instance's API refused; the cause says why. */
  | 'INSTANCE_REFUSED'
  /** The member did not issue a token for the new ServiceAccount. */
  | 'TOKEN_NOT_ISSUED'
  /** No member of this name. */
  | 'NOT_A_MEMBER'
  /** The member did not leave in time. */
  | 'LEAVE_TIMED_OUT'

/** A cluster could not join or leave. When joining failed, nothing is left behind unless the message says so. */
export class JoinError extends Error {
  override readonly name = 'JoinError'
  readonly code: JoinErrorCode
  readonly next: string
  constructor(code: JoinErrorCode, message: string, options: ErrorOptions & { readonly next: string }) {
    super(message, options)
    this.code = code
    this.next = options.next
  }
}
