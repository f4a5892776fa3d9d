import { createMetrics, type Labels } from '@kairship/runtime'
import type { PlaneCache } from './cache/plane-cache.ts'
import type { AuditEvent } from './plane.ts'

export interface PlaneMetrics {
  readonly onRequest: (event: AuditEvent) => void
  readonly text: () => string
}

interface EventLabels {
  readonly request: Labels
  readonly duration: Labels
}

/** Names come from requests: whoever makes them up must not fill our memory. */
const maxSeries = 10_000
const others: EventLabels = {
  request: Object.freeze({ resource: 'other' }),
  duration: Object.freeze({ verb: 'other' }),
}

/** `/metrics` of one plane; names as upstream's where they mean the same. */
export function planeMetrics(cache: PlaneCache): PlaneMetrics {
  const metrics = createMetrics()
  const requests = metrics.counter({ name: 'apiserver_request_total', help: 'Finished requests.' })
  const durations = metrics.histogram({
    name: 'apiserver_request_duration_seconds',
    help: 'Time from arrival to answer; of a watch, to its beginning.',
  })
  const objects = metrics.gauge({ name: 'apiserver_resource_objects', help: 'Stored objects.' })
  const revision = metrics.gauge({ name: 'kairship_plane_revision', help: 'The newest visible revision.' })
  metrics.onCollect(() => {
    revision.set(cache.revision)
    for (const { group, resource, items } of cache.resources()) objects.set(items.size, { group, resource })
  })
  // The same few label sets over and over: metrics know them by identity.
  const seen = new Map<string, EventLabels>()
  const labelsOf = ({ verb, group, version, resource, subresource, code }: AuditEvent): EventLabels => {
    const key = `${verb}/${code}/${group}/${version}/${resource}/${subresource}`
    let labels = seen.get(key)
    if (labels === undefined && seen.size >= maxSeries) labels = others
    if (labels === undefined) {
      const request = Object.freeze({ verb, group, version, resource, subresource, code: String(code) })
      labels = { request, duration: Object.freeze({ verb }) }
      seen.set(key, labels)
    }
    return labels
  }
  return {
    onRequest(event) {
      const { request, duration } = labelsOf(event)
      requests.add(1, request)
      durations.observe(event.tookMs / 1000, duration)
    },
    text: () => metrics.text(),
  }
}
