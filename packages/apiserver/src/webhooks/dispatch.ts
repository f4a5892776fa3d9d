import {
  applyJsonPatch,
  deepEqual,
  type DeepReadonly,
  errors,
  type JsonObject,
  type JsonValue,
  PatchError,
  type Unstructured,
} from '@kairship/apimachinery'
import type { Outbound } from '../outbound/outbound.ts'
import { convertTo } from '../registry/convert.ts'
import { carryOver, hasStatus } from '../registry/metadata.ts'
import type { Write } from '../registry/write.ts'
import type { Request } from '../request.ts'
import type { InstalledResource, PlaneRegistry } from '../strategy.ts'
import { actionAttributes, type Attributes, deleteAttributes, writeAttributes } from './attributes.ts'
import { type Answer, ask, WebhookFailure } from './call.ts'
import { MatchConditions } from './conditions.ts'
import { Configurations } from './configurations.ts'
import { isExempt, match } from './match.ts'
import { reviewRequest } from './review.ts'
import type { Webhook } from './webhook.ts'

type View = DeepReadonly<Unstructured>

export interface AdmissionWebhooksOptions {
  readonly registry: PlaneRegistry
  readonly outbound: Outbound
  /** The object with the managed fields that this write will leave, for webhooks to see. */
  readonly withManagedFields: (write: Write) => Unstructured
}

/** Webhooks called for one object in one round, and which of them want to see later changes. */
interface Round {
  readonly index: number
  readonly only: ReadonlySet<string> | undefined
  readonly seen: Set<string>
  readonly again: Set<string>
}

/** Calls the admission webhooks that the plane's configurations name. */
export class AdmissionWebhooks implements Disposable {
  readonly #options: AdmissionWebhooksOptions
  readonly #mutating: Configurations
  readonly #validating: Configurations
  readonly #conditions = new MatchConditions()

  constructor(options: AdmissionWebhooksOptions) {
    this.#options = options
    this.#mutating = new Configurations(options.registry, 'mutatingwebhookconfigurations')
    this.#validating = new Configurations(options.registry, 'validatingwebhookconfigurations')
  }

  /** Whether a write of this resource may have to wait for somebody outside. */
  concerns(installed: InstalledResource): boolean {
    return (this.#mutating.all.length > 0 || this.#validating.all.length > 0) && !isExempt(installed)
  }

  /** Lets mutating webhooks change the draft. Resolves to true when one did. */
  mutate(write: Write): Promise<boolean> | undefined {
    if (this.#mutating.all.length === 0 || isExempt(write.installed)) return undefined
    return this.#mutate(write)
  }

  validate(write: Write): Promise<void> | undefined {
    if (this.#validating.all.length === 0 || isExempt(write.installed)) return undefined
    return this.#validate(writeAttributes(write))
  }

  /** Both kinds, before an object is deleted. */
  delete(installed: InstalledResource, request: Request, old: View, dryRun: boolean): Promise<void> | undefined {
    if (!this.concerns(installed)) return undefined
    return this.#delete(deleteAttributes(installed, request, old, dryRun))
  }

  /** Both kinds, before a subresource does something. Resolves to its body, perhaps changed. */
  action(installed: InstalledResource, request: Request, subresource: string): Promise<View> | undefined {
    if (!this.concerns(installed)) return undefined
    return this.#action(actionAttributes(installed, request, subresource))
  }

  [Symbol.dispose](): void {
    this.#mutating[Symbol.dispose]()
    this.#validating[Symbol.dispose]()
  }

  async #mutate(write: Write): Promise<boolean> {
    const first: Round = { index: 0, only: undefined, seen: new Set(), again: new Set() }
    const changed = await this.#round(write, first)
    if (first.again.size === 0) return changed
    await this.#round(write, { index: 1, only: first.again, seen: new Set(), again: new Set() })
    return true
  }

  async #round(write: Write, round: Round): Promise<boolean> {
    let changed = false
    for (const [position, webhook] of this.#mutating.all.entries()) {
      if (round.only !== undefined && !round.only.has(webhook.id)) continue
      const asked = writeAttributes(write)
      const matched = this.#matched(webhook, asked)
      if (matched === undefined) continue
      const place = `round_${round.index}_index_${position}`
      if (await this.#change(webhook, write, asked, matched, place)) {
        changed = true
        for (const id of round.seen) round.again.add(id)
      }
      if (webhook.reinvoke) round.seen.add(webhook.id)
    }
    return changed
  }

  /** True when the webhook's patch made another object. */
  async #change(
    webhook: Webhook,
    write: Write,
    asked: Attributes,
    matched: InstalledResource,
    place: string,
  ): Promise<boolean> {
    const shown = await convert(matched, write.installed, asVisible(write, this.#options.withManagedFields(write)))
    const answer = await this.#ask(webhook, true, asked, matched, shown, place)
    if (answer === undefined) return false
    if (answer.denied !== undefined) throw answer.denied
    if (answer.patch.length === 0) return false
    const patched = applyPatch(parseJson(shown), answer.patch)
    const own = matched === write.installed ? patched : await convert(write.installed, matched, parseView(patched))
    const next = restore(write, parseView(own))
    if (deepEqual(next, write.draft)) return false
    write.draft = next
    return true
  }

  async #validate(asked: Attributes): Promise<void> {
    // Nobody is asked before all are known: finding them may refuse the request.
    const relevant = this.#validating.all.map((webhook) => this.#matched(webhook, asked))
    const asking = this.#validating.all.flatMap((webhook, position) => {
      const matched = relevant[position]
      return matched === undefined ? [] : [this.#askValidating(webhook, asked, matched, `round_0_index_${position}`)]
    })
    if (asking.length === 0) return
    const settled = await Promise.allSettled(asking)
    for (const each of settled) {
      if (each.status === 'rejected') throw each.reason
      if (each.value?.denied !== undefined) throw each.value.denied
    }
  }

  async #askValidating(
    webhook: Webhook,
    asked: Attributes,
    matched: InstalledResource,
    place: string,
  ): Promise<Answer | undefined> {
    const object = asked.object === undefined ? undefined : await convert(matched, asked.installed, asked.object)
    return this.#ask(webhook, false, asked, matched, object, place)
  }

  async #delete(asked: Attributes): Promise<void> {
    for (const [position, webhook] of this.#mutating.all.entries()) {
      const matched = this.#matched(webhook, asked)
      if (matched === undefined) continue
      const answer = await this.#ask(webhook, true, asked, matched, undefined, `round_0_index_${position}`)
      if (answer?.denied !== undefined) throw answer.denied
      if (answer !== undefined && answer.patch.length > 0) {
        throw errors.internal(
          `admission webhook ${JSON.stringify(webhook.name)} attempted to modify the object, which is not supported for this operation`,
        )
      }
    }
    await this.#validate(asked)
  }

  async #action(asked: Attributes): Promise<View> {
    let { object = parseView({}) } = asked
    for (const [position, webhook] of this.#mutating.all.entries()) {
      const seen = { ...asked, object }
      const matched = this.#matched(webhook, seen)
      if (matched === undefined) continue
      const answer = await this.#ask(webhook, true, seen, matched, object, `round_0_index_${position}`)
      if (answer?.denied !== undefined) throw answer.denied
      if (answer !== undefined) object = parseView(applyPatch(parseJson(object), answer.patch))
    }
    await this.#validate({ ...asked, object })
    return object
  }

  /** The resource in whose version to ask; `undefined` when this webhook need not be asked. */
  #matched(webhook: Webhook, asked: Attributes): InstalledResource | undefined {
    const matched = match(webhook, asked, this.#options.registry)
    if (matched === undefined) return undefined
    if (webhook.conditions.length > 0 && !this.#holds(webhook, asked)) return undefined
    if (asked.dryRun && webhook.hasSideEffects) {
      throw errors.badRequest(`admission webhook ${JSON.stringify(webhook.name)} does not support dry run`)
    }
    return matched
  }

  #holds(webhook: Webhook, asked: Attributes): boolean {
    try {
      return this.#conditions.hold(webhook.conditions, asked)
    } catch (error) {
      if (webhook.ignoresFailure) return false
      const reason = error instanceof Error ? error.message : String(error)
      throw errors.forbidden(asked.installed.definition, asked.name, reason)
    }
  }

  /** Asks, and applies the failure policy: `undefined` means that the webhook does not matter. */
  async #ask(
    webhook: Webhook,
    mutating: boolean,
    asked: Attributes,
    matched: InstalledResource,
    object: View | undefined,
    place: string,
  ): Promise<Answer | undefined> {
    const { registry, outbound } = this.#options
    const { request } = asked
    const type = mutating ? 'mutating' : 'validating'
    try {
      const old = asked.old === undefined ? undefined : await convert(matched, asked.installed, asked.old)
      const review = reviewRequest(asked, { uid: registry.random.uuid(), matched, object, old })
      const answer = await ask(outbound, registry, { webhook, mutating, request: review, signal: request.signal })
      request.warnings.push(...answer.warnings)
      for (const [key, value] of Object.entries(answer.auditAnnotations)) {
        annotate(request, `${webhook.name}/${key}`, value)
      }
      if (mutating) {
        const { configuration, name } = webhook
        const mutated = answer.patch.length > 0
        const key = `mutation.webhook.admission.k8s.io/${place}`
        annotate(request, key, JSON.stringify({ configuration, webhook: name, mutated }))
      }
      return answer
    } catch (error) {
      if (!(error instanceof WebhookFailure)) throw error
      const failed = { webhook: webhook.name, reason: error.message, resource: matched.definition.resource }
      if (!webhook.ignoresFailure) {
        registry.log.warn('a webhook failed, and with it the request', failed)
        throw errors.internal(error.message, error)
      }
      registry.log.warn('a webhook failed and is ignored', failed)
      annotate(request, `failed-open.${type}.webhook.admission.k8s.io/${place}`, webhook.name)
      return undefined
    }
  }
}

function annotate(request: Request, key: string, value: string): void {
  request.auditAnnotations ??= {}
  request.auditAnnotations[key] ??= value
}

async function convert(target: InstalledResource, from: InstalledResource, object: View): Promise<View> {
  if (target === from) return object
  const [converted] = await convertTo(target, [object])
  if (converted === undefined) throw new Error('a conversion must give an object')
  return converted
}

/** What a mutating webhook sees of a new object: system fields are not there yet. */
function asVisible({ operation }: Write, draft: Unstructured): View {
  if (operation !== 'CREATE') return draft
  const { uid: _uid, creationTimestamp: _time, generation: _generation, ...metadata } = draft.metadata
  return { ...draft, metadata }
}

function applyPatch(document: DeepReadonly<JsonObject>, patch: readonly JsonValue[]): DeepReadonly<JsonValue> {
  try {
    return applyJsonPatch(document, patch as JsonValue[])
  } catch (error) {
    if (error instanceof PatchError) throw errors.internal(error.message, error)
    throw error
  }
}

/** The patched object as a draft: decoded and defaulted again, with what webhooks may not touch as it was. */
function restore(write: Write, patched: View): Unstructured {
  const { installed, old, draft, subresource } = write
  const { strategy, definition } = installed
  let next: Unstructured
  try {
    next = strategy.decode(parseJson(patched), { fieldValidation: 'Ignore', duplicateFields: [] }).object
  } catch (error) {
    throw errors.internal(error instanceof Error ? error.message : String(error), error)
  }
  strategy.default?.(next)
  const { metadata } = next
  const { uid, creationTimestamp, generation, managedFields } = draft.metadata
  if (managedFields === undefined) delete metadata.managedFields
  else metadata.managedFields = managedFields
  if (old !== undefined) return carryOver(next, old, definition, subresource)
  if (uid !== undefined) metadata.uid = uid
  if (creationTimestamp !== undefined) metadata.creationTimestamp = creationTimestamp
  if (generation === undefined) delete metadata.generation
  else metadata.generation = generation
  if (hasStatus(definition)) delete next['status']
  return next
}

// Objects are JSON, and JSON with a kind is an object; the type system needs telling.
function parseJson(object: View): DeepReadonly<JsonObject> {
  return object as DeepReadonly<JsonObject>
}
function parseView(value: unknown): View {
  return value as View
}
