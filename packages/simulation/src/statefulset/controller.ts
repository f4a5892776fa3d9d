import type { PersistentVolumeClaim, Pod, StatefulSet } from '@kairship/api/builtin'
import { PersistentVolumeClaims, Pods, StatefulSets } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { isReason } from '@kairship/apimachinery'
import type { Controller, Reconciler } from '@kairship/controller'
import { controller, controllerKey, informerSource, ownKey } from '@kairship/controller'
import { isFinished, isReady, untilAvailable } from '../pods/facts.ts'
import { createPod } from '../pods/new-pod.ts'
import { controlledBy } from '../world/owners.ts'
import { recordRevision, revisionLabel } from '../world/revision.ts'
import { TemplateHashes } from '../world/template.ts'
import { remove, unlessGone, writeStatus } from '../world/write.ts'
import type { World } from '../world/world.ts'
import { ordinalOf, statefulSetStatus } from './status.ts'

export function statefulSetController(world: World): Controller {
  return controller<string>({
    name: 'statefulsets',
    sources: [
      informerSource(world.statefulSets, ownKey),
      informerSource(world.pods, controllerKey('apps', 'StatefulSet'), { afterMs: world.profile.settleMs }),
    ],
    reconciler: new StatefulSetReconciler(world),
    concurrency: 16,
    clock: world.clock,
    log: world.log,
    needsLeadership: false,
  })
}

/** What is there and what should be, for one run. */
interface View {
  readonly set: DeepReadonly<StatefulSet>
  readonly first: number
  readonly wanted: number
  readonly revision: string
  readonly byOrdinal: ReadonlyMap<number, DeepReadonly<Pod>>
  readonly inOrder: boolean
  readonly now: number
}

class StatefulSetReconciler implements Reconciler<string> {
  readonly #world: World
  readonly #hashes = new TemplateHashes()

  constructor(world: World) {
    this.#world = world
  }

  async reconcile(key: string): Promise<{ readonly requeueAfterMs: number } | void> {
    const { statefulSets, client, clock } = this.#world
    const set = statefulSets.cache.get(key)
    if (set?.spec === undefined || set.metadata.deletionTimestamp !== undefined) return
    const revision = `${set.metadata.name ?? ''}-${this.#hashes.of(set.spec.template, 0)}`
    await recordRevision(this.#world, {
      namespace: set.metadata.namespace ?? '',
      name: revision,
      owner: controlledBy(StatefulSets, set),
      labels: { ...set.spec.template.metadata?.labels, [revisionLabel]: revision },
      template: set.spec.template,
      limit: set.spec.revisionHistoryLimit ?? 10,
    })
    const pods = this.#world.podsOf(set)
    const view: View = {
      set,
      first: set.spec.ordinals?.start ?? 0,
      wanted: set.spec.replicas ?? 1,
      revision,
      byOrdinal: new Map(pods.map((pod) => [ordinalOf(pod), pod])),
      inOrder: set.spec.podManagementPolicy !== 'Parallel',
      now: clock.now(),
    }
    const waitMs = await this.#advance(view)
    const { status, againMs } = statefulSetStatus(set, pods, revision, view.now)
    await unlessGone(writeStatus(client.of(StatefulSets, set.metadata.namespace), set, status))
    const soonest = Math.min(waitMs ?? Infinity, againMs ?? Infinity)
    return Number.isFinite(soonest) ? { requeueAfterMs: soonest } : undefined
  }

  /** One step: missing pods first, then surplus ones, then those of an old template. */
  async #advance(view: View): Promise<number | undefined> {
    const { first, wanted, byOrdinal, inOrder } = view
    const resource = this.#world.client.of(Pods, view.set.metadata.namespace)
    let waitMs: number | undefined
    for (let ordinal = first; ordinal < first + wanted; ordinal++) {
      const pod = byOrdinal.get(ordinal)
      if (pod !== undefined && isFinished(pod) && pod.metadata.deletionTimestamp === undefined) {
        await remove(resource, pod)
        if (inOrder) return undefined
        continue
      }
      if (pod === undefined) await this.#create(view, ordinal)
      if (!inOrder) continue
      const wait = pod === undefined ? undefined : this.#untilNext(view, pod)
      // The next one begins when this one is up.
      if (wait !== 0) return wait
    }
    const surplus = [...byOrdinal].filter(([ordinal]) => ordinal < first || ordinal >= first + wanted)
    for (const [, pod] of surplus.toSorted(([a], [b]) => b - a)) {
      if (pod.metadata.deletionTimestamp === undefined) await remove(resource, pod)
      if (inOrder) return undefined
    }
    waitMs = await this.#update(view)
    return waitMs
  }

  /** 0 when the pod is available, else how long until it may be; undefined when only an event can tell. */
  #untilNext({ set, now }: View, pod: DeepReadonly<Pod>): number | undefined {
    if (pod.metadata.deletionTimestamp !== undefined) return undefined
    return untilAvailable(pod, set.spec?.minReadySeconds ?? 0, now)
  }

  /** Replaces pods of an old template, the highest ordinal first, one at a time. */
  async #update(view: View): Promise<number | undefined> {
    const { set, first, wanted, byOrdinal, revision } = view
    const { updateStrategy } = set.spec ?? {}
    if (updateStrategy?.type === 'OnDelete') return undefined
    const lowest = Math.max(first, updateStrategy?.rollingUpdate?.partition ?? 0)
    for (let ordinal = first + wanted - 1; ordinal >= lowest; ordinal--) {
      const pod = byOrdinal.get(ordinal)
      if (pod === undefined) return undefined
      if (pod.metadata.labels?.[revisionLabel] !== revision) {
        if (pod.metadata.deletionTimestamp === undefined) {
          await remove(this.#world.client.of(Pods, set.metadata.namespace), pod)
        }
        return undefined
      }
      const wait = isReady(pod) ? this.#untilNext(view, pod) : undefined
      if (wait !== 0) return wait
    }
    return undefined
  }

  async #create(view: View, ordinal: number): Promise<void> {
    const { set, revision } = view
    const { namespace = '', name = '' } = set.metadata
    const podName = `${name}-${ordinal}`
    const template = set.spec?.template ?? {}
    const claims = set.spec?.volumeClaimTemplates ?? []
    await Promise.all(claims.map((claim) => this.#createClaim(set, claim, podName)))
    // A claim takes the place of a volume of the same name.
    const names = new Set(claims.map((claim) => claim.metadata.name ?? ''))
    const volumes = [
      ...(template.spec?.volumes ?? []).filter((volume) => !names.has(volume.name)),
      ...claims.map((claim) => ({
        name: claim.metadata.name ?? '',
        persistentVolumeClaim: { claimName: `${claim.metadata.name ?? ''}-${podName}` },
      })),
    ]
    await createPod(this.#world, {
      namespace,
      owner: controlledBy(StatefulSets, set),
      template,
      name: podName,
      labels: {
        'statefulset.kubernetes.io/pod-name': podName,
        'apps.kubernetes.io/pod-index': String(ordinal),
        [revisionLabel]: revision,
      },
      spec: {
        hostname: podName,
        ...(set.spec?.serviceName ? { subdomain: set.spec.serviceName } : {}),
        ...(volumes.length > 0 ? { volumes } : {}),
      },
    })
  }

  async #createClaim(
    set: DeepReadonly<StatefulSet>,
    template: DeepReadonly<PersistentVolumeClaim>,
    podName: string,
  ): Promise<void> {
    const { namespace = '' } = set.metadata
    const resource = this.#world.client.of(PersistentVolumeClaims, namespace)
    const labels = { ...set.spec?.selector.matchLabels, ...template.metadata.labels }
    try {
      await resource.create({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { ...template.metadata, name: `${template.metadata.name ?? ''}-${podName}`, namespace, labels },
        ...(template.spec === undefined ? {} : { spec: template.spec }),
      })
    } catch (error) {
      // Claims outlive their pods: the data comes back with the pod of the same name.
      if (!isReason(error, 'AlreadyExists')) throw error
    }
  }
}
