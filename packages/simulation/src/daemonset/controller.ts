import type { DaemonSet, DaemonSetStatus, Node, Pod, PodSpec, Toleration } from '@kairship/api/builtin'
import { DaemonSets, Pods } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { objectKey } from '@kairship/apimachinery'
import type { Controller, Reconciler } from '@kairship/controller'
import { controller, controllerKey, informerSource, ownKey } from '@kairship/controller'
import { resolve } from '../deployment/limits.ts'
import { nodeRefusal } from '../nodes/placer.ts'
import { isActive, untilAvailable } from '../pods/facts.ts'
import { createPod } from '../pods/new-pod.ts'
import { controlledBy } from '../world/owners.ts'
import { recordRevision, revisionLabel } from '../world/revision.ts'
import { TemplateHashes } from '../world/template.ts'
import { remove, unlessGone, writeStatus } from '../world/write.ts'
import type { World } from '../world/world.ts'

/** What every daemon pod tolerates: it belongs on its node in any state of it. */
const tolerations: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
]

export function daemonSetController(world: World): Controller {
  const all = (): Iterable<string> => Array.from(world.daemonSets.cache.list(), objectKey)
  return controller<string>({
    name: 'daemonsets',
    sources: [
      informerSource(world.daemonSets, ownKey),
      informerSource(world.pods, controllerKey('apps', 'DaemonSet'), { afterMs: world.profile.settleMs }),
      informerSource(world.nodes, all, { afterMs: world.profile.settleMs }),
    ],
    reconciler: new DaemonSetReconciler(world),
    concurrency: 16,
    clock: world.clock,
    log: world.log,
    needsLeadership: false,
  })
}

class DaemonSetReconciler implements Reconciler<string> {
  readonly #world: World
  readonly #hashes = new TemplateHashes()

  constructor(world: World) {
    this.#world = world
  }

  async reconcile(key: string): Promise<{ readonly requeueAfterMs: number } | void> {
    const { daemonSets, nodes, expected, client } = this.#world
    const set = daemonSets.cache.get(key)
    if (set?.spec === undefined || set.metadata.deletionTimestamp !== undefined) return
    const hash = this.#hashes.of(set.spec.template, 0)
    const { namespace = '', name = '' } = set.metadata
    await recordRevision(this.#world, {
      namespace,
      name: `${name}-${hash}`,
      owner: controlledBy(DaemonSets, set),
      labels: { ...set.spec.template.metadata?.labels, [revisionLabel]: hash },
      template: set.spec.template,
      limit: set.spec.revisionHistoryLimit ?? 10,
    })
    const spec = podSpec(set)
    const eligible = [...nodes.cache.list()].filter((node) => nodeRefusal(node, spec) === undefined)
    const pods = this.#world.podsOf(set)
    if (expected.pending(set.metadata.uid ?? '') > 0) return
    await this.#place(set, hash, spec, eligible, pods)
    if (expected.pending(set.metadata.uid ?? '') > 0) return
    const { status, againMs } = this.#status(set, hash, eligible, pods)
    await unlessGone(writeStatus(client.of(DaemonSets, namespace), set, status))
    return againMs === undefined ? undefined : { requeueAfterMs: againMs }
  }

  async #place(
    set: DeepReadonly<DaemonSet>,
    hash: string,
    spec: DeepReadonly<PodSpec>,
    eligible: readonly DeepReadonly<Node>[],
    pods: readonly DeepReadonly<Pod>[],
  ): Promise<void> {
    const { namespace = '', name = '' } = set.metadata
    const resource = this.#world.client.of(Pods, namespace)
    const names = new Set(eligible.map((node) => node.metadata.name ?? ''))
    const covered = new Set(pods.filter(isActive).map((pod) => pod.spec?.nodeName ?? ''))
    const misplaced = pods.filter((pod) => !isActive(pod) || !names.has(pod.spec?.nodeName ?? ''))
    const leaving = misplaced.filter((pod) => pod.metadata.deletionTimestamp === undefined)
    const outdated = this.#outdated(set, hash, eligible.length, pods)
    await Promise.all([...leaving, ...outdated].map((pod) => remove(resource, pod)))
    await Promise.all(
      [...names]
        .filter((node) => !covered.has(node))
        .map((nodeName) =>
          createPod(this.#world, {
            namespace,
            owner: controlledBy(DaemonSets, set),
            template: set.spec?.template ?? {},
            name: { prefix: `${name}-` },
            labels: { [revisionLabel]: hash, 'pod-template-generation': String(set.metadata.generation ?? 1) },
            spec: { ...spec, nodeName },
          }),
        ),
    )
  }

  /** Pods of an old template that may go now without taking more than allowed out of service. */
  #outdated(
    set: DeepReadonly<DaemonSet>,
    hash: string,
    nodes: number,
    pods: readonly DeepReadonly<Pod>[],
  ): readonly DeepReadonly<Pod>[] {
    const strategy = set.spec?.updateStrategy
    if (strategy?.type === 'OnDelete') return []
    const now = this.#world.clock.now()
    const isUp = (pod: DeepReadonly<Pod>): boolean =>
      isActive(pod) && untilAvailable(pod, set.spec?.minReadySeconds ?? 0, now) === 0
    const limit = Math.max(1, resolve(strategy?.rollingUpdate?.maxUnavailable ?? 1, nodes, Math.ceil))
    const old = pods.filter((pod) => isActive(pod) && pod.metadata.labels?.[revisionLabel] !== hash)
    const down = old.filter((pod) => !isUp(pod))
    const room = limit - (nodes - pods.filter(isUp).length)
    return [...down, ...old.filter(isUp).slice(0, Math.max(0, room))]
  }

  #status(
    set: DeepReadonly<DaemonSet>,
    hash: string,
    eligible: readonly DeepReadonly<Node>[],
    pods: readonly DeepReadonly<Pod>[],
  ): { readonly status: DaemonSetStatus; readonly againMs: number | undefined } {
    const names = new Set(eligible.map((node) => node.metadata.name ?? ''))
    const placed = new Map<string, DeepReadonly<Pod>>()
    let misscheduled = 0
    for (const pod of pods.filter(isActive)) {
      const node = pod.spec?.nodeName ?? ''
      if (names.has(node)) placed.set(node, pod)
      else misscheduled++
    }
    let ready = 0
    let available = 0
    let updated = 0
    let againMs: number | undefined
    for (const pod of placed.values()) {
      if (pod.metadata.labels?.[revisionLabel] === hash) updated++
      const wait = untilAvailable(pod, set.spec?.minReadySeconds ?? 0, this.#world.clock.now())
      if (wait === undefined) continue
      ready++
      if (wait === 0) available++
      else againMs = Math.min(againMs ?? wait, wait)
    }
    const unavailable = names.size - available
    return {
      againMs,
      status: {
        currentNumberScheduled: placed.size,
        numberMisscheduled: misscheduled,
        desiredNumberScheduled: names.size,
        numberReady: ready,
        observedGeneration: set.metadata.generation ?? 0,
        ...(updated > 0 ? { updatedNumberScheduled: updated } : {}),
        ...(available > 0 ? { numberAvailable: available } : {}),
        ...(unavailable > 0 ? { numberUnavailable: unavailable } : {}),
      },
    }
  }
}

function podSpec(set: DeepReadonly<DaemonSet>): DeepReadonly<PodSpec> {
  const spec = set.spec?.template.spec
  return { containers: [], ...spec, tolerations: [...(spec?.tolerations ?? []), ...tolerations] }
}
