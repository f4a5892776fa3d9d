import { ApiError, ConnectionError } from '@kairship/apimachinery'
import type { Terminal } from './command.ts'
import { CliError, type ExitName, exitCodes } from './exit.ts'

/** Prints what failed, why, and what to do next; returns the exit code. */
export function report(error: unknown, terminal: Terminal): number {
  // What went wrong first is what matters, not what cleaning up after it added.
  const problem = describe(error instanceof SuppressedError ? error.suppressed : error)
  const lines = [`error: ${problem.message}`]
  if (problem.cause !== undefined) lines.push(`  cause: ${problem.cause}`)
  if (problem.next !== undefined) lines.push(`  next:  ${problem.next}`)
  terminal.err(`${lines.join('\n')}\n`)
  return exitCodes[problem.exit]
}

interface Problem {
  readonly exit: ExitName
  readonly message: string
  readonly cause?: string | undefined
  readonly next?: string | undefined
}

function describe(error: unknown): Problem {
  if (error instanceof CliError) {
    return { exit: error.exit, message: error.message, cause: causeOf(error, error.message), next: error.next }
  }
  if (error instanceof ApiError) {
    return { exit: exitOfReason(error), message: error.message, next: nextOfReason[error.reason] }
  }
  if (error instanceof ConnectionError) {
    return {
      exit: 'unreachable',
      message: error.message,
      cause: causeOf(error, error.message),
      next: 'check that the server runs: start it with `kairship up`, or name its directory with --data',
    }
  }
  if (isCoded(error)) {
    return {
      exit: exitsByCode[error.code] ?? 'failure',
      message: error.message,
      cause: causeOf(error, error.message),
      next: error.next,
    }
  }
  if (error instanceof Error && error.name === 'AbortError') return { exit: 'failure', message: 'interrupted' }
  const message = error instanceof Error ? error.message : String(error)
  return {
    exit: 'failure',
    message,
    cause: causeOf(error, message),
    next: 'this is unexpected: report it with this output and the log of the server',
  }
}

/** Errors of the server and of joining carry a code and a next step; told by shape, so that their code is not loaded here. */
function isCoded(error: unknown): error is Error & { readonly code: string; readonly next: string } {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    'next' in error &&
    typeof error.next === 'string'
  )
}

/** The first cause that says something new. */
function causeOf(error: unknown, said: string): string | undefined {
  let cause: unknown = error instanceof Error ? error.cause : undefined
  for (let depth = 0; cause instanceof Error && depth < 8; depth++, cause = cause.cause) {
    if (cause.message !== '' && !said.includes(cause.message)) return cause.message
  }
  return undefined
}

const exitsByCode: { readonly [code: string]: ExitName } = {
  DATA_DIRECTORY_IN_USE: 'conflict',
  ADDRESS_UNUSABLE: 'conflict',
  INVALID_NAME: 'invalid',
  NAME_TAKEN: 'conflict',
  NO_WORKLOAD_CLUSTER: 'invalid',
  ALREADY_JOINED: 'conflict',
  JOINED_ELSEWHERE: 'conflict',
  MEMBER_UNREACHABLE: 'unreachable',
  MEMBER_UNAUTHORIZED: 'denied',
  MEMBER_NOT_KUBERNETES: 'unreachable',
  MEMBER_TOO_OLD: 'invalid',
  MEMBER_RIGHTS: 'denied',
  INSTANCE_UNREACHABLE: 'unreachable',
  INSTANCE_REFUSED: 'failure',
  TOKEN_NOT_ISSUED: 'timeout',
  NOT_A_MEMBER: 'notFound',
  LEAVE_TIMED_OUT: 'timeout',
}

function exitOfReason(error: ApiError): ExitName {
  if (error.code === 404) return 'notFound'
  if (error.code === 409) return 'conflict'
  if (error.code === 401 || error.code === 403) return 'denied'
  if (error.code === 400 || error.code === 413 || error.code === 422) return 'invalid'
  if (error.code === 503) return 'unreachable'
  return error.code === 504 ? 'timeout' : 'failure'
}

const nextOfReason: { readonly [reason: string]: string } = {
  NotFound: 'list what exists with `kairship status`',
  AlreadyExists: 'choose another name, or use the existing one',
  Unauthorized: 'the kubeconfig does not belong to this server; look at --data',
  Forbidden: 'use credentials with more rights',
  ServiceUnavailable: 'the server is starting or stopping; try again',
}
