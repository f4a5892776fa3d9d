import type { DaemonSet, Deployment, Job, Node, Pod, ReplicaSet, StatefulSet } from '@kairship/api/builtin'
import type { DeepReadonly, KubeObject } from '@kairship/apimachinery'
import { formatTime, objectKey } from '@kairship/apimachinery'
import type { Client, Informer, Informers } from '@kairship/client'
import { Lull } from '@kairship/controller'
import type { Clock, Logger, Random } from '@kairship/runtime'
import { DaemonSets, Deployments, Jobs, Nodes, Pods, ReplicaSets, StatefulSets } from '@kairship/api/builtin'
import { Placer } from '../nodes/placer.ts'
import type { ResolvedProfile } from '../profile.ts'
import { Expectations } from './expectations.ts'
import { controllerUid } from './owners.ts'

/** What all controllers of one simulated cluster share: its clients, caches and the machinery of its nodes. */
export interface World {
  readonly client: Client
  readonly informers: Informers
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly profile: ResolvedProfile
  readonly pods: Informer<Pod>
  readonly nodes: Informer<Node>
  readonly deployments: Informer<Deployment>
  readonly replicaSets: Informer<ReplicaSet>
  readonly statefulSets: Informer<StatefulSet>
  readonly daemonSets: Informer<DaemonSet>
  readonly jobs: Informer<Job>
  readonly placer: Placer
  /** Pods that were created but have not come back through the watch yet. */
  readonly expected: Expectations
  /** Statuses of workloads wait until no objects are being made. */
  readonly lull: Lull
  /** Now, as API objects write it. */
  time(): string
  /** The pods an object controls. */
  podsOf(owner: DeepReadonly<KubeObject>): DeepReadonly<Pod>[]
}

export const byController = 'controller'
export const byNode = 'node'

export interface WorldOptions {
  readonly client: Client
  readonly informers: Informers
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly profile: ResolvedProfile
}

export function createWorld(options: WorldOptions): World & Disposable {
  const { informers, clock } = options
  const pods = informers.of(Pods)
  const nodes = informers.of(Nodes)
  const replicaSets = informers.of(ReplicaSets)
  const jobs = informers.of(Jobs)
  const owned = (object: DeepReadonly<KubeObject>): readonly string[] => {
    const uid = controllerUid(object)
    return uid === undefined ? [] : [uid]
  }
  pods.index(byController, owned)
  pods.index(byNode, (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []))
  replicaSets.index(byController, owned)
  jobs.index(byController, owned)
  const placer = new Placer()
  const expected = new Expectations(clock)
  const lull = new Lull({ clock, quietMs: options.profile.settleMs, maxMs: options.profile.settleMaxMs })
  const subscriptions = [
    nodes.subscribe((event) => {
      if (event.type === 'deleted') placer.forgetNode(event.object)
      else placer.observeNode(event.object)
    }),
    pods.subscribe((event) => {
      if (event.type === 'deleted') placer.release(objectKey(event.object))
      else placer.observePod(event.object)
      if (event.type === 'added') expected.arrived(event.object)
    }),
  ]
  return {
    ...options,
    pods,
    nodes,
    replicaSets,
    jobs,
    deployments: informers.of(Deployments),
    statefulSets: informers.of(StatefulSets),
    daemonSets: informers.of(DaemonSets),
    placer,
    expected,
    lull,
    time: () => formatTime(clock.now()),
    podsOf: (owner) => [...pods.cache.byIndex(byController, owner.metadata.uid ?? '')],
    [Symbol.dispose]() {
      lull[Symbol.dispose]()
      for (const subscription of subscriptions) subscription[Symbol.dispose]()
    },
  }
}
