import { createMetrics } from '@kairship/runtime'
import type { PlaneCache } from './cache/plane-cache.ts'
import type { AuditEvent } from './plane.ts'

export interface PlaneMetrics {
  readonly onRequest: (event: AuditEvent) => void
  readonly text: () => string
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
  return {
    onRequest({ verb, group, version, resource, subresource, code, tookMs }) {
      requests.add(1, { verb, group, version, resource, subresource, code: String(code) })
      durations.observe(tookMs / 1000, { verb })
    },
    text: () => metrics.text(),
  }
}
