import { formatApiVersion, setManagedFields, trackUpdate, type Unstructured } from '@kairship/apimachinery'
import { hasStatus, timestamp } from '../registry/metadata.ts'
import type { Shapes } from '../registry/shapes.ts'
import type { Write, WriteStep } from '../registry/write.ts'
import type { Services } from '../services.ts'

/** Records in `metadata.managedFields` which fields this write's manager has set. An apply has done so already. */
export function trackFields({ shapes }: Services): WriteStep {
  return {
    name: 'track fields',
    run: (write) => track(shapes, write, write.draft),
  }
}

/** A shallow copy of the draft with the managed fields that this write would leave now. */
export function withManagedFields(shapes: Shapes, write: Write): Unstructured {
  const copy = { ...write.draft, metadata: { ...write.draft.metadata } }
  track(shapes, write, copy)
  return copy
}

function track(shapes: Shapes, write: Write, draft: Unstructured): void {
  const { manager, installed, old, request, subresource } = write
  const { definition } = installed
  if (manager === undefined) return
  const entries = trackUpdate({
    old,
    next: draft,
    manager,
    subresource,
    shape: shapes.of(definition),
    apiVersion: formatApiVersion(definition.group, definition.version),
    separateStatus: hasStatus(definition),
    get time() {
      return timestamp(request.now)
    },
  })
  setManagedFields(draft, entries)
}
