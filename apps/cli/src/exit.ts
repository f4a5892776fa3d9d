/** What the process answers to its caller; part of the interface (see README). */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  unreachable: 5,
  denied: 6,
  invalid: 7,
  timeout: 8,
} as const
export type ExitName = keyof typeof exitCodes

/** The table shown by `--help` of the program. */
export const exitMeanings: readonly (readonly [ExitName, string])[] = [
  ['ok', 'done'],
  ['failure', 'something else failed'],
  ['usage', 'the command line is wrong'],
  ['notFound', 'the named object does not exist'],
  ['conflict', 'it exists already, or something else holds it (port, data directory, cluster)'],
  ['unreachable', 'no server answered'],
  ['denied', 'not signed in, or not allowed'],
  ['invalid', 'the input was read and refused'],
  ['timeout', 'it did not finish in time'],
]

/** A failure for people: what happened to which object, why, and what to do next. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exit: ExitName
  readonly next: string | undefined
  constructor(exit: ExitName, message: string, options: ErrorOptions & { readonly next?: string } = {}) {
    super(message, options)
    this.exit = exit
    this.next = options.next
  }
}
