import { deepEqual } from '@kairship/apimachinery'
import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'
import { at, draftOf, parseFields } from '../builtin/fields.ts'
import { KeyedLoop } from '../lifecycle/keyed-loop.ts'
import type { Outcome } from '../lifecycle/keyed-loop.ts'
import { call, callUnless, createIfMissing, parseBody } from '../lifecycle/requests.ts'
import type { Target } from '../lifecycle/requests.ts'
import type { PlaneRegistry, RegistryEvent } from '../strategy.ts'
import type { CompiledCrds } from './compiled-crds.ts'
import { type ConversionOptions, conversionOf } from './conversion.ts'
import { customResources } from './definition.ts'
import type { Crd } from './definition.ts'
import { isTrue, settleNames } from './naming.ts'
import type { SettledNames } from './naming.ts'
import { withStatus } from './status.ts'
import { CustomStrategy } from './strategy.ts'

export interface CrdControllerOptions {
  readonly registry: PlaneRegistry
  readonly compiled: CompiledCrds
  readonly outbound: ConversionOptions['outbound']
}
export interface CrdController extends AsyncDisposable {
  /** Creates these CRDs, or brings existing ones to these specs. Their resources are served when it resolves. */
  bootstrap(manifests: readonly unknown[]): Promise<void>
}

const crds: Target = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' }
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'
const pollInstancesMs = 50

/**
 * Follows the plane's CRD objects: installs and uninstalls their resources, keeps their status, removes the instances of
 * deleted ones. CRDs that are already stored are installed before this returns. Call after the built-ins are installed.
 */
export function startCrdController(options: CrdControllerOptions): CrdController {
  return new Controller(options)
}

/** What is installed for one CRD. */
interface Installed {
  readonly uid: string
  readonly generation: number
  readonly stack: DisposableStack
  terminating: boolean
}

class Controller implements CrdController {
  readonly #registry: PlaneRegistry
  readonly #compiled: CompiledCrds
  readonly #outbound: ConversionOptions['outbound']
  readonly #installed = new Map<string, Installed>()
  readonly #loop: KeyedLoop
  readonly #subscription: Disposable

  constructor({ registry, compiled, outbound }: CrdControllerOptions) {
    this.#registry = registry
    this.#compiled = compiled
    this.#outbound = outbound
    this.#loop = new KeyedLoop({
      name: 'crd',
      registry,
      reconcile: (name) => this.#reconcile(name),
    })
    this.#subscription = registry.subscribe(crds.group, crds.resource, (event) => this.#onChange(event))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]()
    await this.#loop[Symbol.asyncDispose]()
    for (const { stack } of this.#installed.values()) stack.dispose()
    this.#installed.clear()
  }

  async bootstrap(manifests: readonly unknown[]): Promise<void> {
    for (const manifest of manifests) {
      const wanted = parseManifest(manifest)
      const { name = '' } = wanted.metadata
      const existing = this.#get(name)
      if (existing === undefined) await createIfMissing(this.#registry, crds, wanted)
      else await this.#upgrade(existing, wanted)
    }
  }

  async #upgrade(existing: Crd, wanted: Unstructured): Promise<void> {
    const have = at(existing, 'spec')
    const want = at(wanted, 'spec')
    // Names and conversion were completed by defaults; the server sees itself whether they differ.
    if (deepEqual(have['versions'], want['versions']) && have['scope'] === want['scope']) return
    const draft = { ...draftOf(existing), spec: want }
    const { name = '' } = existing.metadata
    await call(this.#registry, { ...crds, verb: 'update', name, body: parseBody(draft) })
  }

  #get(name: string): Crd | undefined {
    return this.#registry.get(crds.group, crds.resource, '', name)
  }

  /** Runs within the write that changed the CRD, so its resource is served as soon as the write is answered. */
  #onChange(event: RegistryEvent): void {
    const { name = '' } = event.object.metadata
    if (event.type === 'delete') {
      this.#uninstall(name)
      this.#requeueConflicting(event.object)
      return
    }
    this.#install(name, event.object)
    this.#loop.add(name)
  }

  #install(name: string, crd: Crd): void {
    const { uid = '', generation = 0, deletionTimestamp } = crd.metadata
    const known = this.#installed.get(name)
    const terminating = deletionTimestamp !== undefined
    if (known !== undefined && known.uid === uid && (known.generation === generation || terminating)) {
      known.terminating = terminating
      return
    }
    if (this.#names(crd).conflict !== undefined && !isTrue(crd, 'Established')) return
    this.#uninstall(name)
    const installed: Installed = { uid, generation, terminating, stack: new DisposableStack() }
    const conversion = conversionOf(crd, { registry: this.#registry, outbound: this.#outbound })
    for (const resource of customResources(crd, this.#compiled)) {
      const strategy = new CustomStrategy(resource, this.#compiled, () => installed.terminating, conversion)
      installed.stack.use(this.#registry.install({ definition: resource.definition, strategy }))
    }
    this.#installed.set(name, installed)
  }

  #uninstall(name: string): void {
    this.#installed.get(name)?.stack.dispose()
    this.#installed.delete(name)
  }

  /** A name that became free may be what another CRD of the group waits for. */
  #requeueConflicting(gone: Crd): void {
    const group = at(gone, 'spec')['group']
    for (const other of this.#registry.list(crds.group, crds.resource)) {
      if (at(other, 'spec')['group'] !== group || isTrue(other, 'NamesAccepted')) continue
      this.#install(other.metadata.name ?? '', other)
      this.#loop.add(other.metadata.name ?? '')
    }
  }

  #names(crd: Crd): SettledNames {
    return settleNames(crd, this.#registry.list(crds.group, crds.resource))
  }

  async #reconcile(name: string): Promise<Outcome> {
    const crd = this.#get(name)
    if (crd === undefined) return undefined
    if (crd.metadata.deletionTimestamp !== undefined) return await this.#cleanUp(name, crd)
    const changed = withStatus(crd, this.#names(crd), this.#registry.clock.now())
    if (changed === undefined) return undefined
    const operation = { ...crds, verb: 'update', name, subresource: 'status', body: parseBody(changed) } as const
    // 409: the CRD changed meanwhile, and its event brings us back.
    await callUnless(this.#registry, [404, 409], operation)
    return undefined
  }

  /** Deletes all instances, then lets the CRD go. */
  async #cleanUp(name: string, crd: Crd): Promise<Outcome> {
    const finalizers = crd.metadata.finalizers ?? []
    if (!finalizers.includes(cleanupFinalizer)) return undefined
    const resource = customResources(crd, this.#compiled)[0]?.definition
    if (resource !== undefined && this.#installed.has(name)) {
      const { group, version, resource: plural } = resource
      const namespaces = new Set<string>()
      let left = 0
      for (const instance of this.#registry.list(group, plural)) {
        left += 1
        namespaces.add(instance.metadata.namespace ?? '')
      }
      for (const namespace of namespaces) {
        const where = namespace === '' ? {} : { namespace }
        await call(this.#registry, { verb: 'deletecollection', group, version, resource: plural, ...where })
      }
      if (left > 0) {
        for (const _instance of this.#registry.list(group, plural)) return { again: pollInstancesMs }
      }
    }
    const draft = draftOf(crd)
    draft.metadata.finalizers = finalizers.filter((finalizer) => finalizer !== cleanupFinalizer)
    await callUnless(this.#registry, [404, 409], { ...crds, verb: 'update', name, body: parseBody(draft) })
    return undefined
  }
}

function parseManifest(manifest: unknown): Unstructured {
  const object: DeepReadonly<{ [key: string]: unknown }> | undefined = parseFields(manifest)
  if (object === undefined || object['kind'] !== 'CustomResourceDefinition') throw new Error('not a CRD manifest')
  return object as Unstructured
}
