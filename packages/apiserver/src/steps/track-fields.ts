import { formatApiVersion, setManagedFields, trackUpdate } from '@kairship/apimachinery'
import { hasStatus, timestamp } from '../registry/metadata.ts'
import type { WriteStep } from '../registry/write.ts'
import type { Services } from '../services.ts'

/** Records in `metadata.managedFields` which fields this write's manager has set. An apply has done so already. */
export function trackFields({ shapes }: Services): WriteStep {
  return {
    name: 'track fields',
    run({ manager, installed: { definition }, old, draft, request, subresource }) {
      if (manager === undefined) return
      const entries = trackUpdate({
        old,
        next: draft,
        manager,
        subresource,
        shape: shapes.of(definition),
        apiVersion: formatApiVersion(definition.group, definition.version),
        separateStatus: hasStatus(definition),
        time: timestamp(request.now),
      })
      setManagedFields(draft, entries)
    },
  }
}
