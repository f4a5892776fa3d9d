/** gRPC's codes, as far as they are told apart here. */
export const grpcCode = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  deadlineExceeded: 4,
  resourceExhausted: 8,
  outOfRange: 11,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const

/** A call that did not end well. `message` is the server's text when it answered. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError'
  readonly code: number
  /** False only when the server certainly has not begun to work on the call. */
  readonly sent: boolean
  constructor(code: number, message: string, options: { readonly sent: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause })
    this.code = code
    this.sent = options.sent
  }
}
