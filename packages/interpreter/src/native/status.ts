import { deepEqual, withPath } from '@kairship/apimachinery'
import type { DeepReadonly } from '@kairship/apimachinery'
import type { AggregatedStatusItem } from '@kairship/api/karmada'
import { fieldsAt, isFields, numberAt, omitEmpty } from '../fields.ts'
import type { Fields } from '../fields.ts'
import type { Obj } from '../interpretations.ts'

const TEMPLATE_GENERATION = 'resourcetemplate.karmada.io/generation'

/** Counters of a status. `always` are serialised even when zero, as their Kubernetes type does. */
export interface Counters {
  readonly always?: readonly string[]
  readonly unlessZero: readonly string[]
}

export type StatusItem = DeepReadonly<AggregatedStatusItem>

/** The raw statuses that members have reported. */
export function reported(items: readonly StatusItem[]): Fields[] {
  return items.flatMap((item) => (isFields(item.status) ? [item.status] : []))
}

export function sum(statuses: readonly Fields[], field: string): number {
  return statuses.reduce((total, status) => total + (numberAt(status, field) ?? 0), 0)
}

/** The named counters of `statuses` added up, zeros left out unless the type keeps them. */
export function sumCounters(statuses: readonly Fields[], counters: Counters): Fields {
  const total = (field: string): [string, number] => [field, sum(statuses, field)]
  return {
    ...omitEmpty(Object.fromEntries(counters.unlessZero.map(total))),
    ...Object.fromEntries((counters.always ?? []).map(total)),
  }
}

/**
 * A member's status cut down to `counters`, with the member's generation and the generation of the template it was made
 * from. Nothing while the member has no status; an error when the template's generation is unknown.
 */
export function reflectCounters(object: Obj, counters: Counters): Fields | undefined {
  const status = fieldsAt(object, 'status')
  if (status === undefined) return undefined
  const templateGeneration = object.metadata.annotations?.[TEMPLATE_GENERATION]
  if (templateGeneration === undefined || !/^-?\d+$/.test(templateGeneration)) {
    throw new Error(`annotation ${TEMPLATE_GENERATION} is not a number: ${JSON.stringify(templateGeneration ?? '')}`)
  }
  return {
    ...omitEmpty({ generation: object.metadata.generation, resourceTemplateGeneration: Number(templateGeneration) }),
    ...sumCounters([status], counters),
  }
}

/**
 * The template's new observedGeneration: its generation once every member (also those that reported nothing yet) has
 * observed its own latest generation and was made from the template's latest one; else the old value.
 */
function aggregateObservedGeneration(
  template: Obj,
  items: readonly StatusItem[],
  madeFromLatest: (status: Fields) => boolean = (status) =>
    (numberAt(status, 'resourceTemplateGeneration') ?? 0) >= (template.metadata.generation ?? 0),
): number {
  const observed = reported(items).filter(
    (status) =>
      (numberAt(status, 'observedGeneration') ?? 0) >= (numberAt(status, 'generation') ?? 0) && madeFromLatest(status),
  )
  return observed.length === items.length
    ? (template.metadata.generation ?? 0)
    : (numberAt(template, 'status', 'observedGeneration') ?? 0)
}

/** The template with sums and observedGeneration in its status; other status fields stay. */
export function aggregateCounters(
  template: Obj,
  items: readonly StatusItem[],
  counters: Counters,
  observedGeneration: number = aggregateObservedGeneration(template, items),
): Obj {
  const owned = [...counters.unlessZero, ...(counters.always ?? []), 'observedGeneration']
  const kept = Object.entries(fieldsAt(template, 'status') ?? {}).filter(([field]) => !owned.includes(field))
  return withStatus(template, {
    ...Object.fromEntries(kept),
    ...sumCounters(reported(items), counters),
    ...omitEmpty({ observedGeneration }),
  })
}

/** `object` with this status; the same object when its counters say the same already. */
export function withStatus(object: Obj, status: Fields): Obj {
  return deepEqual(fieldsAt(object, 'status') ?? {}, status) ? object : withPath(object, ['status'], status)
}
