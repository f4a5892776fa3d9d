import { type DeepReadonly, formatAgeOf } from '@kairship/apimachinery'
import type { Printer } from '../../definition.ts'
import type { ContainerStatus, Pod, PodTemplate } from '../generated/types.gen.ts'
import { AGE, age, containerCells, formatLabels, NAME, nameOf, printer, text, wide } from '../../printing/cells.ts'

type PodView = DeepReadonly<Pod>
type StatusView = DeepReadonly<ContainerStatus>

export const podPrinter: Printer = printer<Pod>(
  [
    NAME,
    text('Ready'),
    text('Status'),
    text('Restarts'),
    AGE,
    wide('IP'),
    wide('Node'),
    wide('Nominated Node'),
    wide('Readiness Gates'),
  ],
  (pod, now) => {
    const summary = summarizePod(pod)
    return [
      nameOf(pod),
      `${summary.ready}/${summary.total}`,
      summary.reason,
      summary.restarts > 0 && summary.lastRestart !== undefined
        ? `${summary.restarts} (${formatAgeOf(summary.lastRestart, now)} ago)`
        : String(summary.restarts),
      age(pod, now),
      pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || '<none>',
      pod.spec?.nodeName || '<none>',
      pod.status?.nominatedNodeName || '<none>',
      readinessGates(pod),
    ]
  },
)

export const podTemplatePrinter: Printer = printer<PodTemplate>(
  [NAME, text('Containers'), text('Images'), text('Pod Labels')],
  (object) => [
    nameOf(object),
    ...containerCells(object.template?.spec?.containers),
    formatLabels(object.template?.metadata?.labels),
  ],
)

export interface PodSummary {
  /** What the STATUS column shows: phase, or the most telling reason of a container. */
  readonly reason: string
  readonly ready: number
  readonly total: number
  readonly restarts: number
  readonly lastRestart: string | undefined
}

interface Restarts {
  count: number
  last: string | undefined
}

/** One line about a pod, by upstream's rules: init containers first, then the last container with something to say. */
export function summarizePod(pod: PodView): PodSummary {
  const inits = pod.spec?.initContainers ?? []
  const sidecars = new Set(inits.filter((init) => init.restartPolicy === 'Always').map((init) => init.name))
  const total = (pod.spec?.containers ?? []).length + sidecars.size
  let reason = pod.status?.reason || pod.status?.phase || ''
  const conditions = pod.status?.conditions ?? []
  if (conditions.some((it) => it.type === 'PodScheduled' && it.reason === 'SchedulingGated')) reason = 'SchedulingGated'

  const all: Restarts = { count: 0, last: undefined }
  const sidecarsOnly: Restarts = { count: 0, last: undefined }
  let ready = 0
  let initializing = false
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    addRestarts(all, status)
    const sidecar = sidecars.has(status.name)
    if (sidecar) addRestarts(sidecarsOnly, status)
    if (status.state?.terminated?.exitCode === 0) continue
    if (sidecar && status.started === true) {
      if (status.ready) ready++
      continue
    }
    reason = `Init:${initReason(status) ?? `${index}/${inits.length}`}`
    initializing = true
    break
  }

  let restarts = all
  const initialized = conditions.some((it) => it.type === 'Initialized' && it.status === 'True')
  if (!initializing || initialized) {
    restarts = sidecarsOnly
    let running = false
    for (const status of (pod.status?.containerStatuses ?? []).toReversed()) {
      addRestarts(restarts, status)
      const own = containerReason(status)
      if (own !== undefined) reason = own
      else if (status.ready && status.state?.running !== undefined) {
        running = true
        ready++
      }
    }
    if (reason === 'Completed' && running) {
      reason = conditions.some((it) => it.type === 'Ready' && it.status === 'True') ? 'Running' : 'NotReady'
    }
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (pod.status?.reason === 'NodeLost') reason = 'Unknown'
    else if (pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed') reason = 'Terminating'
  }
  return { reason, ready, total, restarts: restarts.count, lastRestart: restarts.last }
}

function addRestarts(into: Restarts, status: StatusView): void {
  into.count += status.restartCount ?? 0
  const finished = status.lastState?.terminated?.finishedAt
  if (finished !== undefined && (into.last === undefined || finished > into.last)) into.last = finished
}

function initReason(status: StatusView): string | undefined {
  const terminated = status.state?.terminated
  if (terminated !== undefined) return terminated.reason || exitReason(terminated)
  const waiting = status.state?.waiting?.reason
  return waiting === undefined || waiting === '' || waiting === 'PodInitializing' ? undefined : waiting
}

function containerReason(status: StatusView): string | undefined {
  const waiting = status.state?.waiting?.reason
  if (waiting !== undefined && waiting !== '') return waiting
  const terminated = status.state?.terminated
  return terminated === undefined ? undefined : terminated.reason || exitReason(terminated)
}

function exitReason(terminated: { readonly signal?: number; readonly exitCode: number }): string {
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`
}

function readinessGates(pod: PodView): string {
  const gates = pod.spec?.readinessGates ?? []
  if (gates.length === 0) return '<none>'
  const conditions = pod.status?.conditions ?? []
  const met = gates.filter((gate) => conditions.find((it) => it.type === gate.conditionType)?.status === 'True')
  return `${met.length}/${gates.length}`
}
