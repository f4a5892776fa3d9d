import type { Deployment, ReplicaSet } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { deepEqual, isReason } from '@kairship/apimachinery'
import type { CacheEvent } from '@kairship/client'
import type { Controller, Reconciler } from '@kairship/controller'
import { controller, controllerKey, informerSource, ownKey, Reports } from '@kairship/controller'
import { Deployments, ReplicaSets } from '@kairship/api/builtin'
import { controlledBy } from '../world/owners.ts'
import { sameTemplate, templateHashLabel, TemplateHashes } from '../world/template.ts'
import { contentChanged, isNews, remove, unlessGone, writeStatus } from '../world/write.ts'
import type { World } from '../world/world.ts'
import { byController } from '../world/world.ts'
import { currentAnnotations, revisionAnnotation, scaleAnnotations, surplus } from './revisions.ts'
import { initialReplicas, nameOf, nextStep, replicasOf } from './rollout.ts'
import { deploymentStatus, isComplete, untilDeadline } from './status.ts'

export function deploymentController(world: World): Controller {
  const reports = new Reports<string>(world)
  return controller<string>({
    name: 'deployments',
    sources: [
      informerSource(world.deployments, ownKey, { when: (event) => contentChanged(event) || collided(event) }),
      informerSource(world.replicaSets, controllerKey('apps', 'Deployment'), {
        afterMs: Math.ceil(world.profile.settleMs / 4),
      }),
      reports,
    ],
    reconciler: new DeploymentReconciler(world, reports),
    concurrency: 32,
    clock: world.clock,
    log: world.log,
    needsLeadership: false,
  })
}

/** Another owner has a ReplicaSet of the same name: the next try is another name. */
function collided(event: CacheEvent<Deployment>): boolean {
  return event.type === 'updated' && event.object.status?.collisionCount !== event.previous.status?.collisionCount
}

class DeploymentReconciler implements Reconciler<string> {
  readonly #world: World
  readonly #reports: Reports<string>
  readonly #hashes = new TemplateHashes()

  constructor(world: World, reports: Reports<string>) {
    this.#world = world
    this.#reports = reports
  }

  async reconcile(key: string): Promise<{ readonly requeueAfterMs: number } | void> {
    const { deployments, replicaSets } = this.#world
    const deployment = deployments.cache.get(key)
    // Deleted: garbage collection takes the ReplicaSets, and they their pods.
    if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined)
      return this.#reports.forget(key)
    const sets = [...replicaSets.cache.byIndex(byController, deployment.metadata.uid ?? '')]
    const current = this.#current(deployment, sets)
    const old = sets.filter((set) => set !== current)
    if (current === undefined) {
      if (deployment.spec?.paused !== true) return this.#createCurrent(deployment, old)
    } else if (await this.#move(deployment, current, old)) return
    return this.#report(key, deployment, current, old)
  }

  #current(
    deployment: DeepReadonly<Deployment>,
    sets: readonly DeepReadonly<ReplicaSet>[],
  ): DeepReadonly<ReplicaSet> | undefined {
    const template = deployment.spec?.template
    if (template === undefined) return undefined
    const hash = this.#hashes.of(template, deployment.status?.collisionCount ?? 0)
    return (
      sets.find((set) => set.metadata.labels?.[templateHashLabel] === hash) ??
      sets.find((set) => sameTemplate(set.spec?.template, template))
    )
  }

  async #createCurrent(deployment: DeepReadonly<Deployment>, old: readonly DeepReadonly<ReplicaSet>[]): Promise<void> {
    const { namespace = '', name = '' } = deployment.metadata
    const { spec } = deployment
    if (spec === undefined) return
    const collisions = deployment.status?.collisionCount ?? 0
    const hash = this.#hashes.of(spec.template, collisions)
    const labels = { ...spec.template.metadata?.labels, [templateHashLabel]: hash }
    const resource = this.#world.client.of(ReplicaSets, namespace)
    this.#world.lull.note()
    try {
      await resource.create({
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          name: `${name}-${hash}`,
          namespace,
          labels,
          annotations: currentAnnotations(deployment, undefined, old),
          ownerReferences: [controlledBy(Deployments, deployment)],
        },
        spec: {
          replicas: initialReplicas(deployment, old),
          ...(spec.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
          selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [templateHashLabel]: hash } },
          template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
        },
      })
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error
      const found = await resource.find(`${name}-${hash}`)
      // Ours, only not seen through the watch yet; or of another owner that has the same hash by accident.
      if (found?.metadata.ownerReferences?.some(({ uid }) => uid === deployment.metadata.uid)) return
      const status = { ...deployment.status, collisionCount: collisions + 1 }
      await writeStatus(this.#world.client.of(Deployments, namespace), deployment, status)
    }
  }

  /** Takes the rollout one step on; true when something was written and its effect must be seen first. */
  async #move(
    deployment: DeepReadonly<Deployment>,
    current: DeepReadonly<ReplicaSet>,
    old: readonly DeepReadonly<ReplicaSet>[],
  ): Promise<boolean> {
    const scaling = nextStep(deployment, current, old)
    const resource = this.#world.client.of(ReplicaSets, deployment.metadata.namespace)
    const minReadySeconds = deployment.spec?.minReadySeconds ?? 0
    const writes: Promise<unknown>[] = []
    for (const set of [current, ...old]) {
      const replicas = scaling.get(nameOf(set)) ?? replicasOf(set)
      const scaled = replicas > 0 || scaling.has(nameOf(set))
      const annotations =
        set === current
          ? currentAnnotations(deployment, current, old)
          : { ...set.metadata.annotations, ...(scaled ? scaleAnnotations(deployment) : {}) }
      const sameSeconds = set !== current || (set.spec?.minReadySeconds ?? 0) === minReadySeconds
      if (replicas === replicasOf(set) && sameSeconds && deepEqual(annotations, set.metadata.annotations ?? {}))
        continue
      if (set.spec === undefined) continue
      writes.push(
        unlessGone(
          resource.update({
            ...set,
            metadata: { ...set.metadata, annotations },
            spec: { ...set.spec, replicas, ...(sameSeconds ? {} : { minReadySeconds }) },
          }),
        ),
      )
    }
    await Promise.all(writes)
    return scaling.size > 0
  }

  async #report(
    key: string,
    deployment: DeepReadonly<Deployment>,
    current: DeepReadonly<ReplicaSet> | undefined,
    old: readonly DeepReadonly<ReplicaSet>[],
  ): Promise<{ readonly requeueAfterMs: number } | void> {
    const { client, clock } = this.#world
    // The counts of a ReplicaSet that nobody has looked at yet are no news.
    if (current !== undefined && current.status?.observedGeneration !== current.metadata.generation) return
    const resource = client.of(Deployments, deployment.metadata.namespace)
    const facts = {
      deployment,
      current,
      old,
      collisions: deployment.status?.collisionCount ?? 0,
      time: this.#world.time(),
    }
    const status = deploymentStatus(facts)
    const revision = current?.metadata.annotations?.[revisionAnnotation]
    const isNewRevision = revision !== undefined && deployment.metadata.annotations?.[revisionAnnotation] !== revision
    const waitMs = isNewRevision || isNews(deployment, status) ? this.#reports.waitMs(key) : 0
    if (waitMs > 0) return { requeueAfterMs: waitMs }
    let written = deployment
    if (isNewRevision) {
      const annotations = { ...deployment.metadata.annotations, [revisionAnnotation]: revision }
      const updated = await unlessGone(
        resource.update({ ...deployment, metadata: { ...deployment.metadata, annotations } }),
      )
      if (updated === undefined) return
      written = updated
    }
    await unlessGone(writeStatus(resource, written, status))
    const counts = {
      replicas: status.replicas ?? 0,
      updatedReplicas: status.updatedReplicas ?? 0,
      readyReplicas: status.readyReplicas ?? 0,
      availableReplicas: status.availableReplicas ?? 0,
    }
    if (isComplete(deployment, counts)) {
      const sets = client.of(ReplicaSets, deployment.metadata.namespace)
      await Promise.all(surplus(deployment, old).map((set) => remove(sets, set)))
      return
    }
    const deadline = untilDeadline({ ...deployment, status }, clock.now())
    return deadline === undefined || deadline === 0 ? undefined : { requeueAfterMs: deadline }
  }
}
