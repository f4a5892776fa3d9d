import { objectKey } from '@kairship/apimachinery'
import type { DeepReadonly, ResourceRef } from '@kairship/apimachinery'
import { Finalizers, Labels } from '@kairship/api/karmada'
import type { PropagationPolicy } from '@kairship/api/karmada'
import type { Informer } from '@kairship/client'
import { controller, informerSource, lowPriority, ownKey } from '@kairship/controller'
import type { Controller, Reconciler } from '@kairship/controller'
import type { Binding, Bindings } from '../engine/bindings.ts'
import type { EngineContext } from '../engine/context.ts'
import { joinKey, splitKey } from '../engine/keys.ts'
import type { TemplateIndex, TemplateKey } from '../detector/template-index.ts'
import { claimOf, claimOfPolicy, releasePatch } from './claim.ts'
import type { Claim } from './claim.ts'
import { precisionOf } from './match.ts'

type Policy = DeepReadonly<PropagationPolicy>

/** What the policy controllers need of the detector. */
export interface TemplateQueue {
  readonly index: TemplateIndex
  enqueue(template: TemplateKey, options?: { readonly priority?: number }): void
}

/** Reacts to policies: wakes templates that one may want, frees those that it has let go. */
export function policyController(
  context: EngineContext,
  informer: Informer<PropagationPolicy>,
  templates: TemplateQueue,
): Controller {
  const { clock, log, stores } = context
  return controller<string>({
    name: informer.ref.namespaced ? 'propagation-policy' : 'cluster-propagation-policy',
    sources: [
      { start: (_enqueue, signal) => stores.synced(signal) },
      informerSource(informer, ownKey, {
        when: (event) =>
          event.type === 'added' ||
          (event.type === 'updated' &&
            (event.object.metadata.generation !== event.previous.metadata.generation ||
              event.object.metadata.deletionTimestamp !== event.previous.metadata.deletionTimestamp)),
      }),
    ],
    reconciler: new PolicyReconciler(context, informer, templates),
    concurrency: 4,
    clock,
    log,
  })
}

class PolicyReconciler implements Reconciler<string> {
  readonly #context: EngineContext
  readonly #informer: Informer<PropagationPolicy>
  readonly #templates: TemplateQueue

  constructor(context: EngineContext, informer: Informer<PropagationPolicy>, templates: TemplateQueue) {
    this.#context = context
    this.#informer = informer
    this.#templates = templates
  }

  async reconcile(key: string): Promise<void> {
    const policy = this.#informer.cache.get(key)
    if (policy === undefined) return
    const claim = claimOfPolicy(policy.metadata)
    if (policy.metadata.deletionTimestamp !== undefined) {
      await this.#release(claim, () => true)
      return this.#removeFinalizer(policy)
    }
    if (claim.id === '') return this.#identify(policy)
    const { resourceSelectors } = policy.spec
    await this.#release(claim, (template) => precisionOf(template, resourceSelectors) === 0)
    this.#wake(policy, claim)
  }

  /** Frees the claimed templates for which `free` holds: first the binding, then the template. */
  async #release(claim: Claim, free: (template: TemplateObject) => boolean): Promise<void> {
    const { stores, templates } = this.#context
    for (const template of Array.from(this.#templates.index.byPolicy(claim.id))) {
      const object = templates.of(template.ref).get(template.key)
      if (object === undefined || !free(object)) continue
      const bindings = stores.bindingsFor(object.metadata.namespace)
      for (const binding of Array.from(bindings.byPolicy(claim))) {
        if (binding.spec.resource.uid === object.metadata.uid) await this.#releaseBinding(bindings, binding, claim)
      }
      const patch = releasePatch(object.metadata, claim)
      if (patch !== undefined) await templates.patch(template.ref, template.key, patch)
    }
    // Bindings whose template no longer carries the claim, or is not watched.
    for (const bindings of stores.bindings) {
      for (const binding of Array.from(bindings.byPolicy(claim))) {
        if (!this.#isClaimed(binding, claim)) await this.#releaseBinding(bindings, binding, claim)
      }
    }
  }

  async #releaseBinding(bindings: Bindings, binding: Binding, claim: Claim): Promise<void> {
    const patch = releasePatch(binding.metadata, claim)
    if (patch !== undefined) await bindings.patch(objectKey(binding), patch)
  }

  #isClaimed({ spec: { resource } }: Binding, claim: Claim): boolean {
    const ref = this.#context.kinds.find(resource.apiVersion, resource.kind)
    if (ref === undefined) return true
    const { informer } = this.#context.templates.of(ref)
    if (!informer.hasSynced) return true
    const template = this.#context.templates.of(ref).get(joinKey(resource.namespace, resource.name))
    return template === undefined || claimOf(template.metadata)?.id === claim.id
  }

  /** Templates that it holds, and those that wait for any policy and match this one. */
  #wake(policy: Policy, claim: Claim): void {
    const { index } = this.#templates
    for (const template of index.byPolicy(claim.id)) this.#templates.enqueue(template, { priority: lowPriority })
    const { namespace } = policy.metadata
    for (const template of index.waiting) {
      if (namespace !== undefined && splitKey(template.key).namespace !== namespace) continue
      const object = this.#context.templates.of(template.ref).get(template.key)
      if (object === undefined || precisionOf(object, policy.spec.resourceSelectors) === 0) continue
      this.#templates.enqueue(template)
    }
  }

  async #removeFinalizer(policy: Policy): Promise<void> {
    const finalizer = policy.metadata.namespace ? Finalizers.propagationPolicy : Finalizers.clusterPropagationPolicy
    const finalizers = policy.metadata.finalizers ?? []
    if (!finalizers.includes(finalizer)) return
    const { resourceVersion = '' } = policy.metadata
    const kept = finalizers.filter((name) => name !== finalizer)
    await this.#patch(policy, { metadata: { resourceVersion, finalizers: kept } })
  }

  /** Only where no admission has done it: in an API server without our plugins. */
  async #identify(policy: Policy): Promise<void> {
    const scoped = policy.metadata.namespace !== undefined
    const label = scoped ? Labels.propagationPolicyId : Labels.clusterPropagationPolicyId
    const finalizer = scoped ? Finalizers.propagationPolicy : Finalizers.clusterPropagationPolicy
    const { resourceVersion = '', finalizers = [] } = policy.metadata
    const written = await this.#patch(policy, {
      metadata: {
        resourceVersion,
        labels: { [label]: this.#context.random.uuid() },
        finalizers: [...finalizers.filter((name) => name !== finalizer), finalizer],
      },
    })
    this.#wake(written, claimOfPolicy(written.metadata))
  }

  async #patch(policy: Policy, patch: Parameters<Bindings['patch']>[1]): Promise<Policy> {
    const { namespace, name = '' } = policy.metadata
    const ref: ResourceRef<PropagationPolicy> = this.#informer.ref
    return this.#context.client.of(ref, namespace).patch(name, 'merge', patch)
  }
}

type TemplateObject = Parameters<typeof precisionOf>[0]
