import { objectKey } from '@kairship/apimachinery'
import type { DeepReadonly, JsonValue, KubeObject, ResourceRef } from '@kairship/apimachinery'
import { Annotations, Finalizers, Labels } from '@kairship/api/karmada'
import type { ResourceBinding } from '@kairship/api/karmada'
import type { CacheEvent, Client, Informer } from '@kairship/client'
import { Latest } from '@kairship/controller'
import type { Claim } from '../policy/claim.ts'
import { splitKey } from './keys.ts'

/** A ResourceBinding or a ClusterResourceBinding: they differ in their names for things, and in nothing else. */
export type Binding = DeepReadonly<ResourceBinding>

const BY_POLICY = 'policy'
const policyLabels = [Labels.propagationPolicyId, Labels.clusterPropagationPolicyId]

/** The bindings of one scope, with what is called differently in the two. */
export class Bindings implements Disposable {
  readonly scope: 'namespaced' | 'cluster'
  /** Label that ties Works and member objects to their binding. */
  readonly idLabel: string
  readonly finalizer: string
  readonly informer: Informer<ResourceBinding>
  readonly #client: Client
  readonly #ref: ResourceRef<ResourceBinding>
  readonly #latest: Latest<ResourceBinding>

  constructor(client: Client, informer: Informer<ResourceBinding>) {
    const { namespaced } = informer.ref
    this.scope = namespaced ? 'namespaced' : 'cluster'
    this.idLabel = namespaced ? Labels.resourceBindingId : Labels.clusterResourceBindingId
    this.finalizer = namespaced ? Finalizers.binding : Finalizers.clusterResourceBinding
    this.informer = informer
    this.#client = client
    this.#ref = informer.ref
    informer.index(BY_POLICY, ({ metadata: { labels } }) =>
      policyLabels.flatMap((label) => (labels?.[label] ? [labels[label]] : [])),
    )
    this.#latest = new Latest(informer)
  }

  get(key: string): Binding | undefined {
    return this.#latest.get(key)
  }

  list(): Iterable<Binding> {
    return this.informer.cache.list()
  }

  /** Those that a policy has claimed. */
  byPolicy(claim: Pick<Claim, 'id'>): Iterable<Binding> {
    return this.#latest.byIndex(BY_POLICY, claim.id)
  }

  create(binding: Binding): Promise<Binding> {
    const resource = this.#client.of(this.#ref, binding.metadata.namespace)
    return this.#latest.write(objectKey(binding), () => resource.create(binding))
  }

  /** A JSON merge patch. */
  patch(key: string, patch: DeepReadonly<JsonValue>, subresource?: 'status'): Promise<Binding> {
    const { namespace, name } = splitKey(key)
    const options = subresource === undefined ? {} : { subresource }
    const resource = this.#client.of(this.#ref, namespace)
    return this.#latest.write(key, () => resource.patch(name, 'merge', patch, options))
  }

  /** The annotations by which a Work or member object names its binding. */
  annotations({ metadata: { namespace = '', name = '' } }: Binding): { readonly [key: string]: string } {
    return this.scope === 'namespaced'
      ? { [Annotations.resourceBindingNamespace]: namespace, [Annotations.resourceBindingName]: name }
      : { [Annotations.clusterResourceBindingName]: name }
  }

  /** The key of the binding that an object names by these annotations. */
  keyOf(annotations: DeepReadonly<{ [key: string]: string }> | undefined): string | undefined {
    if (annotations === undefined) return undefined
    if (this.scope === 'cluster') return annotations[Annotations.clusterResourceBindingName]
    const namespace = annotations[Annotations.resourceBindingNamespace]
    const name = annotations[Annotations.resourceBindingName]
    return namespace && name ? `${namespace}/${name}` : undefined
  }

  /** What the server says, for decisions that a cache that is behind must not make. */
  async exists(key: string): Promise<boolean> {
    const { namespace, name } = splitKey(key)
    return (await this.#client.of(this.#ref, namespace).find(name)) !== undefined
  }

  /** An object names a binding of this scope that is not known. */
  isGone({ metadata: { annotations } }: DeepReadonly<KubeObject>): boolean {
    const key = this.keyOf(annotations)
    return key !== undefined && this.get(key) === undefined
  }

  [Symbol.dispose](): void {
    this.#latest[Symbol.dispose]()
  }
}

export type BindingEvent = CacheEvent<ResourceBinding>
