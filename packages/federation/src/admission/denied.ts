import { failure } from '@kairship/apimachinery'
import type { ApiError } from '@kairship/apimachinery'

/** What a client sees when a webhook of this name refuses. */
export function denied(webhook: string, reason: string): ApiError {
  return failure(403, 'Forbidden', `admission webhook "${webhook}" denied the request: ${reason}`)
}

/** One wrong field, in the words of Kubernetes' field errors. */
export interface Problem {
  readonly kind: 'Invalid value' | 'Forbidden' | 'Required value' | 'Duplicate value'
  readonly field: string
  readonly value?: unknown
  readonly detail: string
}

export function invalid(field: string, value: unknown, detail: string): Problem {
  return { kind: 'Invalid value', field, value, detail }
}

export function forbidden(field: string, detail: string): Problem {
  return { kind: 'Forbidden', field, detail }
}

export function formatProblem({ kind, field, value, detail }: Problem): string {
  const shown = kind === 'Invalid value' || kind === 'Duplicate value' ? `: ${JSON.stringify(value) ?? 'null'}` : ''
  return detail === '' ? `${field}: ${kind}${shown}` : `${field}: ${kind}${shown}: ${detail}`
}

/** One as it is, several as a list in brackets. */
export function formatProblems(problems: readonly Problem[]): string {
  const texts = [...new Set(problems.map(formatProblem))]
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}

export function denyProblems(webhook: string, problems: readonly Problem[]): void {
  if (problems.length > 0) throw denied(webhook, formatProblems(problems))
}
