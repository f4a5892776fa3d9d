import { parseTime } from '@kairship/apimachinery'
import type { ObjectView, PlaneServices } from '../contracts.ts'

/** The class that objects without one get: marked by `annotation`; the newest when several are, then by name. */
export function defaultClass(
  plane: PlaneServices,
  group: string,
  resource: string,
  annotation: string,
): string | undefined {
  let best: ObjectView | undefined
  for (const candidate of plane.registry.list(group, resource)) {
    if (candidate.metadata.annotations?.[annotation] !== 'true') continue
    if (best === undefined || precedes(candidate, best)) best = candidate
  }
  return best?.metadata.name
}

function precedes(left: ObjectView, right: ObjectView): boolean {
  const newer = created(left) - created(right)
  return newer === 0 ? (left.metadata.name ?? '') < (right.metadata.name ?? '') : newer > 0
}
function created(object: ObjectView): number {
  return parseTime(object.metadata.creationTimestamp ?? '') ?? 0
}
