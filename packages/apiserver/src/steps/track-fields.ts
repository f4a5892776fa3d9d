import type { WriteStep } from '../registry/write.ts'

/** Records in `metadata.managedFields` which fields this write's manager has set. */
export function trackFields(): WriteStep {
  return {
    name: 'track fields',
    run() {},
  }
}
