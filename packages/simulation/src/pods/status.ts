import type { Container, ContainerState, ContainerStatus, Pod, PodCondition, PodStatus } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'

export interface PodFacts {
  readonly time: string
  readonly hostIP: string
  readonly podIP: string
  readonly imageId: (image: string) => string
  readonly containerId: () => string
}

/** How a pod's containers behave; asked for with the annotation `simulation.kairship.io/outcome`. */
export type Outcome = 'ok' | 'unready' | 'crash' | 'fail'
export const outcomeAnnotation = 'simulation.kairship.io/outcome'

export function outcomeOf(pod: DeepReadonly<Pod>): Outcome {
  const asked = pod.metadata.annotations?.[outcomeAnnotation]
  return asked === 'unready' || asked === 'crash' || asked === 'fail' ? asked : 'ok'
}

export function runningStatus(pod: DeepReadonly<Pod>, facts: PodFacts): DeepReadonly<PodStatus> {
  const outcome = outcomeOf(pod)
  const up = outcome === 'ok' || outcome === 'fail'
  const state: ContainerState =
    outcome === 'crash'
      ? {
          waiting: {
            reason: 'CrashLoopBackOff',
            message: 'back-off 5m0s restarting failed container',
          },
        }
      : { running: { startedAt: facts.time } }
  const last: ContainerState =
    outcome === 'crash'
      ? { terminated: { exitCode: 1, reason: 'Error', startedAt: facts.time, finishedAt: facts.time } }
      : {}
  const containers = (pod.spec?.containers ?? []).map((container) =>
    containerStatus(container, state, last, up, outcome === 'crash' ? 1 : 0, facts),
  )
  return {
    ...pod.status,
    phase: 'Running',
    conditions: conditions(pod, facts.time, up, containers),
    hostIP: facts.hostIP,
    hostIPs: [{ ip: facts.hostIP }],
    podIP: facts.podIP,
    podIPs: [{ ip: facts.podIP }],
    startTime: facts.time,
    ...initStatuses(pod, facts),
    containerStatuses: containers,
    qosClass: pod.status?.qosClass ?? qosClass(pod),
  }
}

/** The end of a pod whose containers are not restarted. */
export function finishedStatus(pod: DeepReadonly<Pod>, facts: PodFacts): DeepReadonly<PodStatus> {
  const failed = outcomeOf(pod) === 'fail'
  const containers = (pod.status?.containerStatuses ?? []).map((status) => ({
    ...status,
    ready: false,
    started: false,
    state: {
      terminated: {
        exitCode: failed ? 1 : 0,
        reason: failed ? 'Error' : 'Completed',
        startedAt: status.state?.running?.startedAt ?? facts.time,
        finishedAt: facts.time,
        ...(status.containerID === undefined ? {} : { containerID: status.containerID }),
      },
    },
  }))
  const reason = failed ? 'PodFailed' : 'PodCompleted'
  return {
    ...pod.status,
    phase: failed ? 'Failed' : 'Succeeded',
    conditions: (pod.status?.conditions ?? []).map((condition) => {
      if (condition.type === 'Ready' || condition.type === 'ContainersReady') {
        return { ...condition, status: 'False', reason, lastTransitionTime: facts.time }
      }
      return condition.type === 'Initialized' && !failed ? { ...condition, reason } : condition
    }),
    containerStatuses: containers,
  }
}

export function unschedulable(
  pod: DeepReadonly<Pod>,
  message: string,
  time: string,
): DeepReadonly<PodStatus> | undefined {
  const known = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (known?.status === 'False' && known.message === message) return undefined
  const condition: PodCondition = {
    type: 'PodScheduled',
    status: 'False',
    lastTransitionTime: known?.status === 'False' ? (known.lastTransitionTime ?? time) : time,
    reason: 'Unschedulable',
    message,
  }
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled')
  return { ...pod.status, phase: 'Pending', conditions: [...others, condition] }
}

function conditions(
  pod: DeepReadonly<Pod>,
  time: string,
  up: boolean,
  containers: readonly ContainerStatus[],
): PodCondition[] {
  const scheduled = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'True')
  const condition = (type: string, status: boolean): PodCondition => ({
    type,
    status: status ? 'True' : 'False',
    lastTransitionTime: time,
    ...(status
      ? {}
      : {
          reason: 'ContainersNotReady',
          message: `containers with unready status: [${containers.map(({ name }) => name).join(' ')}]`,
        }),
  })
  return [
    condition('PodReadyToStartContainers', true),
    condition('Initialized', true),
    condition('Ready', up),
    condition('ContainersReady', up),
    scheduled === undefined ? condition('PodScheduled', true) : { ...scheduled },
  ]
}

function containerStatus(
  container: DeepReadonly<Container>,
  state: ContainerState,
  lastState: ContainerState,
  ready: boolean,
  restartCount: number,
  facts: PodFacts,
): ContainerStatus {
  const image = container.image ?? ''
  return {
    name: container.name,
    state,
    lastState,
    ready,
    restartCount,
    image,
    imageID: facts.imageId(image),
    containerID: facts.containerId(),
    started: state.running !== undefined,
  }
}

function initStatuses(pod: DeepReadonly<Pod>, facts: PodFacts): { initContainerStatuses?: ContainerStatus[] } {
  const init = pod.spec?.initContainers ?? []
  if (init.length === 0) return {}
  return {
    initContainerStatuses: init.map((container) => {
      // A sidecar: an init container that keeps running.
      if (container.restartPolicy === 'Always') {
        return containerStatus(container, { running: { startedAt: facts.time } }, {}, true, 0, facts)
      }
      const terminated = { exitCode: 0, reason: 'Completed', startedAt: facts.time, finishedAt: facts.time }
      return containerStatus(container, { terminated }, {}, true, 0, facts)
    }),
  }
}

function qosClass(pod: DeepReadonly<Pod>): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].map(({ resources }) => resources)
  const asks = (quantities: DeepReadonly<{ [key: string]: string }> | undefined): boolean =>
    quantities?.['cpu'] !== undefined || quantities?.['memory'] !== undefined
  if (!all.some((resources) => asks(resources?.requests) || asks(resources?.limits))) return 'BestEffort'
  const guaranteed = all.every((resources) =>
    ['cpu', 'memory'].every((name) => {
      const limit = resources?.limits?.[name]
      return limit !== undefined && (resources?.requests?.[name] ?? limit) === limit
    }),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}
