import type { Architecture } from './architecture.ts'
import type { Workspace } from './workspace.ts'

export interface Violation {
  readonly level: 'error' | 'warning'
  /** `path` or `path:line`. */
  readonly where: string
  readonly what: string
  /** Why the rule exists: printed once per rule. */
  readonly why: string
}

export type Rule = (workspace: Workspace, architecture: Architecture) => Iterable<Violation>
