import type { Condition, DeepReadonly } from '@kairship/apimachinery'
import type { Finding } from './progress.ts'

/**
 * The recorded conditions after new findings: known types keep their transition time while the status stays the same;
 * types that were not found this time are kept as they were.
 */
export function recordFindings(
  recorded: readonly DeepReadonly<Condition>[],
  findings: readonly Finding[],
  generation: number | undefined,
  now: number,
): Condition[] {
  const result = new Map<string, Condition>(recorded.map((condition) => [condition.type, { ...condition }]))
  for (const finding of findings) {
    const before = result.get(finding.type)
    const changed = before?.status !== finding.status
    result.set(finding.type, {
      type: finding.type,
      status: finding.status,
      reason: finding.reason,
      message: finding.message,
      lastTransitionTime:
        changed || before?.lastTransitionTime === undefined ? wholeSeconds(now) : before.lastTransitionTime,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    })
  }
  return [...result.values()]
}

/** `Ready` says in one line what the phase means. */
export function readyFinding(
  phase: 'ready' | 'working' | 'blocked' | 'gone',
  suspended: boolean,
  findings: readonly Finding[],
): Finding {
  if (phase === 'ready' && suspended) {
    return { type: 'Ready', status: 'False', reason: 'Suspended', message: 'stopped on request' }
  }
  if (phase === 'ready') return { type: 'Ready', status: 'True', reason: 'Serving', message: 'everything serves' }
  const failing = findings.find((finding) => finding.status !== 'True')
  const message = failing === undefined ? 'not finished yet' : `${failing.type}: ${failing.message}`
  return {
    type: 'Ready',
    status: 'False',
    reason: phase === 'blocked' ? 'Blocked' : phase === 'gone' ? 'Gone' : 'InProgress',
    message,
  }
}

/** RFC 3339 with whole seconds, as Kubernetes writes times. */
function wholeSeconds(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`
}
