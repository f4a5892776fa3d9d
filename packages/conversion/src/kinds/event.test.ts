import { deepFreeze, type Unstructured } from '@kairship/apimachinery'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventToCoreV1, eventToEventsV1 } from './event.ts'

const core: Unstructured = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'web.17', namespace: 'default' },
  involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' },
  reason: 'Pulled',
  message: 'image is here',
  source: { component: 'kubelet', host: 'n1' },
  firstTimestamp: '2026-01-01T00:00:00Z',
  lastTimestamp: '2026-01-01T00:01:00Z',
  count: 2,
  type: 'Normal',
  eventTime: null,
  reportingComponent: 'kubelet',
  reportingInstance: 'n1',
}

describe('an event in its two groups', () => {
  it('has other names for the same members', () => {
    expect(eventToEventsV1(core)).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: core.metadata,
      regarding: core['involvedObject'],
      reason: 'Pulled',
      note: 'image is here',
      deprecatedSource: core['source'],
      deprecatedFirstTimestamp: core['firstTimestamp'],
      deprecatedLastTimestamp: core['lastTimestamp'],
      deprecatedCount: 2,
      type: 'Normal',
      eventTime: null,
      reportingController: 'kubelet',
      reportingInstance: 'n1',
    })
  })
  it('keeps the series of a repeated one', () => {
    const series = { count: 7, lastObservedTime: '2026-01-01T00:00:00.000001Z' }
    expect(eventToCoreV1({ apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: {}, series })).toMatchObject({
      apiVersion: 'v1',
      series,
    })
  })
  it('comes back as it was, whichever members it has', () => {
    const some = fc.subarray(Object.keys(core).filter((key) => !['apiVersion', 'kind', 'metadata'].includes(key)))
    fc.assert(
      fc.property(some, (keys) => {
        const event: Unstructured = { apiVersion: 'v1', kind: 'Event', metadata: core.metadata }
        for (const key of keys) event[key] = core[key]
        expect(eventToCoreV1(eventToEventsV1(deepFreeze(event)))).toEqual(event)
      }),
    )
  })
})
