import { deepClone } from '@kairship/apimachinery'
import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'

/** Members that differ in name only. Everything else is the same in both groups. */
const names: readonly (readonly [core: string, events: string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
]
const toEvents: ReadonlyMap<string, string> = new Map(names)
const toCore: ReadonlyMap<string, string> = new Map(names.map(([core, events]) => [events, core]))

/** events.k8s.io/v1 Event → core/v1 Event: the same stored object under its older name. Nothing is lost. */
export function eventToCoreV1(event: DeepReadonly<Unstructured>): Unstructured {
  return renamed(event, 'v1', toCore)
}

/** core/v1 Event → events.k8s.io/v1 Event. Nothing is lost. */
export function eventToEventsV1(event: DeepReadonly<Unstructured>): Unstructured {
  return renamed(event, 'events.k8s.io/v1', toEvents)
}

function renamed(
  event: DeepReadonly<Unstructured>,
  apiVersion: string,
  names: ReadonlyMap<string, string>,
): Unstructured {
  const { apiVersion: _, kind, metadata, ...members } = deepClone(event)
  const out: Unstructured = { apiVersion, kind: kind ?? 'Event', metadata }
  for (const [key, value] of Object.entries(members)) out[names.get(key) ?? key] = value
  return out
}
