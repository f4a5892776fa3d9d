import type { Unstructured } from '@kairship/apimachinery'
import { renamed } from '../fields.ts'

const toEvents: { readonly [core: string]: string } = {
  involvedObject: 'regarding',
  message: 'note',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
  reportingComponent: 'reportingController',
}
const toCore: { readonly [events: string]: string } = Object.fromEntries(
  Object.entries(toEvents).map(([core, events]) => [events, core]),
)

/** Core v1 Event → events.k8s.io/v1: the same event in other words. */
export function eventToEventsV1(event: Unstructured): Unstructured {
  const { metadata, ...rest } = event
  return { ...renamed(rest, toEvents), apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata }
}

/** events.k8s.io/v1 → core v1. */
export function eventToCoreV1(event: Unstructured): Unstructured {
  const { metadata, ...rest } = event
  return { ...renamed(rest, toCore), apiVersion: 'v1', kind: 'Event', metadata }
}
