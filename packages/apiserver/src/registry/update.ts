import { type DeepReadonly, errors, type Unstructured } from '@kairship/apimachinery'
import { deepFreeze } from '@kairship/apimachinery'
import { invalidObject } from '../builtin/index.ts'
import { type Item, View } from '../cache/item.ts'
import { listKey } from '../cache/keys.ts'
import type { Outcome, Request } from '../request.ts'
import type { Services } from '../services.ts'
import type { InstalledResource } from '../strategy.ts'
import { fieldManager } from './body.ts'
import { convertItems } from './convert.ts'
import { type Creator, placeInNamespace } from './create.ts'
import { isNoop } from './metadata.ts'
import type { Write, WriteStep } from './write.ts'

export interface Change {
  readonly draft: Unstructured
  /** The revision the caller has seen; the write fails with 409 when it is another. */
  readonly resourceVersion: string | undefined
  readonly manager: string | undefined
}

const raceAttempts = 5

export class Updater {
  readonly #services: Services
  readonly #steps: readonly WriteStep[]
  readonly #creator: Creator
  constructor(services: Services, steps: readonly WriteStep[], creator: Creator) {
    this.#services = services
    this.#steps = steps
    this.#creator = creator
  }

  /** PUT on an object or on a subresource that is a part of it. */
  async update(installed: InstalledResource, request: Request): Promise<Outcome> {
    const { definition } = installed
    const { name = '', subresource = '' } = request.operation
    const draft = this.#creator.decode(installed, request, this.find(installed, request))
    const given = draft.metadata.name ?? ''
    if (given === '') {
      throw errors.badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
    }
    if (given !== name) {
      throw errors.badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`)
    }
    placeInNamespace(draft, installed, request)
    const manager = fieldManager(request.operation)
    const { resourceVersion, uid } = draft.metadata
    if (this.find(installed, request) === undefined && definition.createOnUpdate && subresource === '') {
      if (uid !== undefined && uid !== '') throw uidMismatch(installed, name, uid, '')
      delete draft.metadata.resourceVersion
      return this.#creator.createInstead(installed, request, draft, manager)
    }
    const conditional = resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== '0'
    if (!conditional && !definition.unconditionalUpdate) {
      throw invalidObject(definition.group, definition.resource, name, [
        { type: 'Invalid', field: 'metadata.resourceVersion', value: 0, detail: 'must be specified for an update' },
      ])
    }
    return this.change(installed, request, () => ({
      draft,
      resourceVersion: conditional ? resourceVersion : undefined,
      manager,
    }))
  }

  find(installed: InstalledResource, { operation }: Request): Item | undefined {
    const { namespace = '', name = '' } = operation
    return this.#services.cache.of(installed.definition).items.get(listKey(namespace, name))
  }

  /**
   * Read, change, write, and again when somebody else was first and the caller did not ask for a certain revision.
   * `make` gets the stored object in the request's version.
   */
  change(
    installed: InstalledResource,
    request: Request,
    make: (old: DeepReadonly<Unstructured>, item: Item) => Change | Promise<Change>,
  ): Promise<Outcome> {
    const { namespace = '', name = '' } = request.operation
    const work = async (): Promise<Outcome> => {
      for (let attempt = 1; ; attempt++) {
        const item = this.find(installed, request)
        if (item === undefined) throw errors.notFound(installed.definition, name)
        const converting = convertItems(installed, [item])
        if (converting !== undefined) await converting
        const old = item.view(installed).object
        const change = await make(old, item)
        const outcome = await this.#attempt(installed, request, change, item)
        if (outcome !== 'lost') return outcome
        if (change.resourceVersion !== undefined || attempt === raceAttempts) {
          throw errors.modified(installed.definition, name)
        }
      }
    }
    // Who waits for somebody outside must not hold the object: the one outside may want to write it.
    if (this.#services.webhooks.concerns(installed)) return work()
    return this.#services.committer.exclusive(installed, namespace, name, work)
  }

  async #attempt(
    installed: InstalledResource,
    request: Request,
    change: Change,
    item: Item,
  ): Promise<Outcome | 'lost'> {
    const { committer } = this.#services
    const { operation } = request
    const view = item.view(installed)
    const old = view.object
    const name = old.metadata.name ?? ''
    if (change.resourceVersion !== undefined && change.resourceVersion !== old.metadata.resourceVersion) {
      throw errors.modified(installed.definition, name)
    }
    const { uid } = change.draft.metadata
    if (uid !== undefined && uid !== '' && uid !== old.metadata.uid) {
      throw uidMismatch(installed, name, uid, old.metadata.uid ?? '')
    }
    const dryRun = operation.query?.dryRun === true
    const write: Write = {
      request,
      installed,
      operation: 'UPDATE',
      subresource: operation.subresource ?? '',
      dryRun,
      old,
      oldItem: item,
      manager: change.manager,
      draft: change.draft,
    }
    for (const step of this.#steps) {
      const done = step.run(write)
      if (done !== undefined) await done
    }
    const { draft } = write
    delete draft.metadata.resourceVersion
    if (letsGo(installed, draft)) {
      if (!dryRun && !(await committer.delete(installed, item))) return 'lost'
      return {
        type: 'object',
        status: 200,
        view: new View(
          deepFreeze({
            ...draft,
            metadata: { ...draft.metadata, resourceVersion: old.metadata.resourceVersion ?? '' },
          }),
        ),
        installed,
      }
    }
    if (isNoop(draft, old)) return { type: 'object', status: 200, view, installed }
    if (dryRun) {
      draft.metadata.resourceVersion = old.metadata.resourceVersion ?? ''
      return { type: 'object', status: 200, view: new View(deepFreeze(draft)), installed }
    }
    const committed = await committer.update(installed, draft, item)
    return committed === 'lost' ? 'lost' : { type: 'object', status: 200, view: committed.view, installed }
  }
}

/** True when nothing keeps a terminating object any more. */
export function letsGo({ strategy }: InstalledResource, object: DeepReadonly<Unstructured>): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata
  if (deletionTimestamp === undefined || finalizers.length > 0 || deletionGracePeriodSeconds > 0) return false
  return strategy.holdsDeletion?.(object) !== true
}

function uidMismatch({ definition }: InstalledResource, name: string, given: string, stored: string): Error {
  return errors.conflict(
    definition,
    name,
    `Precondition failed: UID in precondition: ${given}, UID in object meta: ${stored}`,
  )
}
