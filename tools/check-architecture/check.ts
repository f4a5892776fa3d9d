import { readArchitecture } from './architecture.ts'
import { cycles } from './rules/cycles.ts'
import { edges } from './rules/edges.ts'
import { budgets, frontDoors, names, processes } from './rules/habits.ts'
import type { Rule, Violation } from './violation.ts'
import { readWorkspace } from './workspace.ts'

const rules: readonly Rule[] = [edges, cycles, processes, names, budgets, frontDoors]

export interface Result {
  readonly violations: readonly Violation[]
  readonly files: number
  readonly imports: number
}

export function check(root: string): Result {
  const architecture = readArchitecture(root)
  const workspace = readWorkspace(root)
  const files = workspace.packages.flatMap((one) => one.files)
  const imports = files.reduce((sum, file) => sum + file.imports.length, 0)
  // A checker that sees nothing finds nothing, and would say so every day.
  if (imports === 0) throw new Error(`no imports found in ${root}: wrong directory?`)
  return { violations: rules.flatMap((rule) => [...rule(workspace, architecture)]), files: files.length, imports }
}

/** Violations grouped by the rule they break, warnings last, then one line that sums up. */
export function report({ violations, files, imports }: Result): string {
  const lines: string[] = []
  const sorted = violations.toSorted((a, b) => a.level.localeCompare(b.level))
  for (const [why, group] of Map.groupBy(sorted, ({ level, why }) => `${level}: ${why}`)) {
    lines.push(why, ...group.map(({ where, what }) => `  ${where}  ${what}`), '')
  }
  const errors = violations.filter(({ level }) => level === 'error').length
  lines.push(`${files} files, ${imports} imports: ${errors} errors, ${violations.length - errors} warnings`)
  return lines.join('\n')
}
