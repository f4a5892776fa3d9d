import {
  deepClone,
  type DeepReadonly,
  errors,
  failure,
  isReason,
  type JsonObject,
  objectKey,
  type Unstructured,
} from '@kairship/apimachinery'
import type { AdmissionRequest } from '@kairship/api'
import { type Item, View } from '../cache/item.ts'
import type { Outcome, Request } from '../request.ts'
import type { Services } from '../services.ts'
import type { InstalledResource } from '../strategy.ts'
import { type DeleteOptions, parseDeleteOptions, type Propagation } from './delete-options.ts'
import { convertItems } from './convert.ts'
import { timestamp } from './metadata.ts'
import { list } from './read.ts'
import { letsGo, type Updater } from './update.ts'

const raceAttempts = 5
const collectionConcurrency = 64
const jobsKeepPods =
  'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set ' +
  'propagationPolicy=Orphan to suppress this warning'

/** The object after a deletion: gone, or terminating. */
interface Deleted {
  readonly view: View
  readonly gone: boolean
}

export class Deleter {
  readonly #services: Services
  readonly #updater: Updater
  constructor(services: Services, updater: Updater) {
    this.#services = services
    this.#updater = updater
  }

  async delete(installed: InstalledResource, request: Request): Promise<Outcome> {
    const options = parseDeleteOptions(request.operation)
    const { view, gone } = await this.#deleteOne(installed, request, options)
    if (gone && installed.strategy.deleteReturnsObject !== true) {
      return { type: 'value', status: 200, body: success(installed, view.object) }
    }
    return { type: 'object', status: !gone && options.orphanDependents === false ? 202 : 200, view, installed }
  }

  /** Deletes what the selectors name and answers the list of it. */
  async deleteCollection(installed: InstalledResource, request: Request): Promise<Outcome> {
    const options = parseDeleteOptions(request.operation)
    const listed = await list(this.#services, installed, request)
    if (listed.type !== 'list') return listed
    const views: View[] = []
    const pending = listed.list.views.values()
    const work = async (): Promise<void> => {
      for (const { object } of pending) {
        const deleted = await this.#deleteListed(installed, request, options, object)
        if (deleted !== undefined) views.push(deleted.view)
      }
    }
    // Writes of one moment share a commit: many at a time cost hardly more than one.
    await Promise.all(Array.from({ length: collectionConcurrency }, work))
    return { type: 'list', list: { ...listed.list, views: views.toSorted(byKey) } }
  }

  async #deleteListed(
    installed: InstalledResource,
    request: Request,
    options: DeleteOptions,
    { metadata: { name = '', namespace } }: DeepReadonly<Unstructured>,
  ): Promise<Deleted | undefined> {
    const scope = namespace === undefined ? {} : { namespace }
    const operation = { ...request.operation, verb: 'delete' as const, name, ...scope }
    try {
      return await this.#deleteOne(installed, { ...request, operation }, options)
    } catch (error) {
      // Somebody else was first.
      if (isReason(error, 'NotFound')) return undefined
      throw error
    }
  }

  #deleteOne(installed: InstalledResource, request: Request, options: DeleteOptions): Promise<Deleted> {
    const { namespace = '', name = '' } = request.operation
    const work = async (): Promise<Deleted> => {
      for (let attempt = 1; attempt <= raceAttempts; attempt++) {
        const item = this.#updater.find(installed, request)
        if (item === undefined) throw errors.notFound(installed.definition, name)
        const deleted = await this.#attempt(installed, request, options, item)
        if (deleted !== 'lost') return deleted
      }
      throw errors.modified(installed.definition, name)
    }
    // Who waits for somebody outside must not hold the object: the one outside may want to write it.
    if (this.#services.webhooks.concerns(installed)) return work()
    return this.#services.committer.exclusive(installed, namespace, name, work)
  }

  async #attempt(
    installed: InstalledResource,
    request: Request,
    options: DeleteOptions,
    item: Item,
  ): Promise<Deleted | 'lost'> {
    const { committer } = this.#services
    const { strategy } = installed
    const converting = convertItems(installed, [item])
    if (converting !== undefined) await converting
    const view = item.view(installed)
    const old = view.object
    checkPreconditions(installed, old, options)
    strategy.checkDelete?.(old, request)
    await this.#admit(installed, request, old, options.dryRun)
    this.#services.policies.delete(installed, request, old, options.dryRun)
    const asking = this.#services.webhooks.delete(installed, request, old, options.dryRun)
    if (asking !== undefined) await asking
    const grace = strategy.gracePeriod?.(old, options.gracePeriodSeconds) ?? 0
    const draft = draftOf(installed, old)
    delete draft.metadata.resourceVersion
    const policy = options.propagation ?? inherited(old) ?? strategy.defaultPropagation ?? 'Background'
    if (policy === 'Orphan' && options.propagation === undefined && strategy.defaultPropagation === 'Orphan') {
      request.warnings.push(jobsKeepPods)
    }
    const finalizers = withPolicy(old.metadata.finalizers ?? [], policy)
    if (finalizers.length === 0) delete draft.metadata.finalizers
    else draft.metadata.finalizers = finalizers
    begin(draft, old, grace, request.now)
    if (letsGo(installed, draft)) {
      if (!options.dryRun && !(await committer.delete(installed, item))) return 'lost'
      return { view, gone: true }
    }
    if (sameDeletion(draft, old)) return { view, gone: false }
    if (old.metadata.deletionTimestamp === undefined) {
      if (old.metadata.generation !== undefined) draft.metadata.generation = old.metadata.generation + 1
      strategy.prepareForDelete?.(draft, request)
    }
    if (options.dryRun) return { view: new View(draft), gone: false }
    const committed = await committer.update(installed, draft, item)
    return committed === 'lost' ? 'lost' : { view: committed.view, gone: false }
  }

  async #admit(
    installed: InstalledResource,
    { user, operation }: Request,
    old: DeepReadonly<Unstructured>,
    dryRun: boolean,
  ): Promise<void> {
    const { group, version, resource } = installed.definition
    const { namespace } = operation
    const { name = '' } = old.metadata
    const scope = namespace === undefined ? {} : { namespace }
    const asked: AdmissionRequest = { operation: 'DELETE', group, version, resource, ...scope, name, user, dryRun, old }
    for (const plugin of this.#services.admission) if (plugin.handles(asked)) await plugin.mutate?.(asked)
    for (const plugin of this.#services.admission) if (plugin.handles(asked)) await plugin.validate?.(asked)
  }
}

function byKey(a: View, b: View): number {
  const left = objectKey(a.object)
  const right = objectKey(b.object)
  return left < right ? -1 : left > right ? 1 : 0
}

/** What deletion edits is metadata; the rest is shared, unless the kind has something to say in its status. */
function draftOf({ strategy }: InstalledResource, old: DeepReadonly<Unstructured>): Unstructured {
  if (strategy.prepareForDelete !== undefined) return deepClone<Unstructured>(old as Unstructured)
  return { ...old, metadata: { ...old.metadata } } as Unstructured
}

/** Sets the time of death; an earlier or equal one stays. */
function begin(draft: Unstructured, old: DeepReadonly<Unstructured>, grace: number, now: number): void {
  const { metadata } = draft
  const before = old.metadata.deletionGracePeriodSeconds
  if (old.metadata.deletionTimestamp !== undefined && before !== undefined && before <= grace) return
  metadata.deletionTimestamp = timestamp(now + grace * 1000)
  metadata.deletionGracePeriodSeconds = grace
}

function sameDeletion(draft: Unstructured, old: DeepReadonly<Unstructured>): boolean {
  if (old.metadata.deletionTimestamp === undefined) return false
  const { finalizers = [], deletionGracePeriodSeconds } = draft.metadata
  const before = old.metadata.finalizers ?? []
  return (
    deletionGracePeriodSeconds === old.metadata.deletionGracePeriodSeconds &&
    finalizers.length === before.length &&
    finalizers.every((name) => before.includes(name))
  )
}

/** What an earlier deletion or the object itself has chosen. */
function inherited(old: DeepReadonly<Unstructured>): Propagation | undefined {
  const finalizers = old.metadata.finalizers ?? []
  if (finalizers.includes('orphan')) return 'Orphan'
  return finalizers.includes('foregroundDeletion') ? 'Foreground' : undefined
}

function withPolicy(finalizers: readonly string[], policy: Propagation): string[] {
  const others = finalizers.filter((name) => name !== 'orphan' && name !== 'foregroundDeletion')
  if (policy === 'Background') return others
  return [...others, policy === 'Orphan' ? 'orphan' : 'foregroundDeletion']
}

function checkPreconditions(
  { definition }: InstalledResource,
  old: DeepReadonly<Unstructured>,
  { uid, resourceVersion }: DeleteOptions,
): void {
  const { name = '', uid: storedUid = '', resourceVersion: storedVersion = '' } = old.metadata
  if (uid !== undefined && uid !== storedUid) {
    throw precondition(
      definition,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${storedUid}). ` +
        'The object might have been deleted and then recreated',
    )
  }
  if (resourceVersion !== undefined && resourceVersion !== storedVersion) {
    throw precondition(
      definition,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record ` +
        `(${storedVersion}). The object might have been modified`,
    )
  }
}

/** Names the Kind instead of the resource, as upstream does here. */
function precondition({ group, kind }: InstalledResource['definition'], name: string, text: string): Error {
  const qualifiedKind = group === '' ? kind : `${kind}.${group}`
  return failure(409, 'Conflict', `Operation cannot be fulfilled on ${qualifiedKind} "${name}": ${text}`, {
    name,
    ...(group === '' ? {} : { group }),
    kind,
  })
}

function success({ definition }: InstalledResource, { metadata }: DeepReadonly<Unstructured>): JsonObject {
  const { name = '', uid = '' } = metadata
  const group = definition.group === '' ? {} : { group: definition.group }
  const details = { name, ...group, kind: definition.resource, uid }
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
}
