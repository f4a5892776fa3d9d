import { objectKey } from '@kairship/apimachinery'
import type { ResourceRef, Unstructured } from '@kairship/apimachinery'
import { Labels } from '@kairship/api/karmada'
import type { CacheEvent } from '@kairship/client'
import { controller, lowPriority, pushSource } from '@kairship/controller'
import type { PushSource, ReconcileContext, Reconciler } from '@kairship/controller'
import { taskGroup } from '@kairship/runtime'
import type { Runnable } from '@kairship/runtime'
import type { EngineContext } from '../engine/context.ts'
import { joinKey } from '../engine/keys.ts'
import type { Obj } from '../manifest/prune.ts'
import { claimOf, claimOfPolicy, claimPatch, releasePatch } from '../policy/claim.ts'
import type { Claim } from '../policy/claim.ts'
import { choosePolicy, precisionOf } from '../policy/match.ts'
import { writeBinding } from './binding-write.ts'
import { changeBetween } from '../manifest/changes.ts'
import type { Policy } from './desired-binding.ts'
import { bindingNameOf } from './desired-binding.ts'
import { PropagationScope } from './scope.ts'
import { TemplateIndex, templateId } from './template-index.ts'
import type { TemplateKey } from './template-index.ts'
import { TemplateWatch } from './template-watch.ts'

/** Ties templates to policies and keeps one binding for each. */
export class Detector implements Runnable, Reconciler<TemplateKey> {
  readonly name = 'detector'
  readonly index: TemplateIndex = new TemplateIndex()
  readonly #context: EngineContext
  readonly #queue: PushSource<TemplateKey> = pushSource()
  /** Templates that their user changed since they were last applied: what a Lazy policy waits for (T-41). */
  readonly #touched = new Set<string>()
  /** Version of the last change that matters, for templates that had one in this process's life. */
  readonly #versions = new Map<string, string>()

  constructor(context: EngineContext) {
    this.#context = context
  }

  async run(signal: AbortSignal): Promise<void> {
    const { log, clock, settings, stores } = this.#context
    await stores.synced(signal)
    const scope = new PropagationScope(settings.skippedNamespaces, settings.skippedApis)
    const watch = new TemplateWatch(this.#context, scope, {
      onEvent: (ref, event) => this.#observe(ref, event),
      onDropped: (ref) => this.index.forget(ref),
    })
    await using tasks = taskGroup({ name: this.name, log, signal })
    tasks.run('templates', (stop) => watch.run(stop))
    await controller({
      name: this.name,
      sources: [this.#queue],
      reconciler: this,
      identity: templateId,
      concurrency: 32,
      clock,
      log,
    }).run(signal)
  }

  /** `asUser` counts as a change by the template's user. */
  enqueue(template: TemplateKey, options: { readonly priority?: number } = {}): void {
    this.#queue.push(template, options)
  }

  #observe(ref: ResourceRef<Unstructured>, event: CacheEvent<Unstructured>): void {
    const template = { ref, key: objectKey(event.object) }
    const id = templateId(template)
    if (event.type === 'deleted') {
      this.index.claimed(template, undefined)
      this.index.stopWaiting(template)
      this.#touched.delete(id)
      this.#versions.delete(id)
      return
    }
    this.index.claimed(template, claimOf(event.object.metadata)?.id)
    if (event.type === 'added') {
      this.#touched.add(id)
      return this.#queue.push(template, { priority: event.initial ? lowPriority : 0 })
    }
    const change = changeBetween(event.previous, event.object)
    if (change === 'none') return
    this.#versions.set(id, event.object.metadata.resourceVersion ?? '')
    if (change === 'user') this.#touched.add(id)
    this.#queue.push(template)
  }

  async reconcile(key: TemplateKey, context: ReconcileContext): Promise<void> {
    const id = templateId(key)
    // What the user did counts for this pass only: a policy that comes later finds an old template.
    const touched = this.#touched.delete(id)
    try {
      await this.#propagate(key, touched, context)
    } catch (error) {
      if (touched) this.#touched.add(id)
      throw error
    }
  }

  async #propagate(key: TemplateKey, touched: boolean, context: ReconcileContext): Promise<void> {
    const template = this.#context.templates.of(key.ref).get(key.key)
    if (template === undefined || template.metadata.deletionTimestamp !== undefined) return this.index.stopWaiting(key)
    if (template.metadata.labels?.[Labels.claimedBy]) return
    const claim = claimOf(template.metadata)
    const policy = claim === undefined ? this.#choose(template) : await this.#claiming(key, template, claim)
    if (policy === undefined) {
      if (claim === undefined) this.index.wait(key)
      return
    }
    this.index.stopWaiting(key)
    this.#requireOverrides(policy)
    await this.#apply(key, template, policy, touched, context)
  }

  /** A PropagationPolicy of the namespace always comes before any ClusterPropagationPolicy (T-07). */
  #choose(template: Obj): Policy | undefined {
    const { propagationPolicies, clusterPropagationPolicies } = this.#context.stores
    const { namespace } = template.metadata
    const own = namespace ? choosePolicy(template, propagationPolicies.cache.list({ namespace })) : undefined
    return own ?? choosePolicy(template, clusterPropagationPolicies.cache.list())
  }

  /** The policy that holds the template, when it may go on doing so. A claim of a policy that is gone is dropped. */
  async #claiming(key: TemplateKey, template: Obj, claim: Claim): Promise<Policy | undefined> {
    const { stores, templates } = this.#context
    const policy =
      claim.scope === 'namespaced'
        ? stores.propagationPolicies.cache.get(joinKey(claim.namespace, claim.name))
        : stores.clusterPropagationPolicies.cache.get(claim.name)
    if (policy === undefined) {
      const bindings = stores.bindingsFor(template.metadata.namespace)
      const bindingKey = joinKey(template.metadata.namespace, bindingNameOf(template))
      const binding = bindings.get(bindingKey)
      const fromBinding = binding === undefined ? undefined : releasePatch(binding.metadata, claim)
      if (fromBinding !== undefined) await bindings.patch(bindingKey, fromBinding)
      const fromTemplate = releasePatch(template.metadata, claim)
      if (fromTemplate !== undefined) await templates.patch(key.ref, key.key, fromTemplate)
      return undefined
    }
    // The policy's own controller frees what a policy that goes, or no longer selects it, has claimed.
    if (policy.metadata.deletionTimestamp !== undefined) return undefined
    return precisionOf(template, policy.spec.resourceSelectors) === 0 ? undefined : policy
  }

  #requireOverrides(policy: Policy): void {
    const { overridePolicies, clusterOverridePolicies } = this.#context.stores
    const { namespace } = policy.metadata
    const missing = policy.spec.dependentOverrides?.find((name) =>
      namespace
        ? overridePolicies.cache.get(joinKey(namespace, name)) === undefined
        : clusterOverridePolicies.cache.get(name) === undefined,
    )
    if (missing !== undefined) throw new Error(`waiting for dependent override policy ${missing}`)
  }

  async #apply(
    key: TemplateKey,
    template: Obj,
    policy: Policy,
    touched: boolean,
    { signal }: ReconcileContext,
  ): Promise<void> {
    const claim = claimOfPolicy(policy.metadata)
    if (claim.id === '') throw new Error(`policy ${claim.name} has no permanent id yet`)
    // Claim first, then the binding: so that the binding names the version that the claim has made.
    const patch = claimPatch(template.metadata, claim)
    const claimed = patch === undefined ? template : await this.#context.templates.patch(key.ref, key.key, patch)
    if (policy.spec.activationPreference === 'Lazy' && !touched) return
    const version = this.#versions.get(templateId(key))
    await writeBinding(this.#context, { template: claimed, policy, claim, version }, signal)
  }
}
