import { invalidObject } from '../builtin/index.ts'
import type { WriteStep } from '../registry/write.ts'

/** The kind's own rules; all failures are told at once. */
export function validate(): WriteStep {
  return {
    name: 'validate',
    run({ request, installed, old, draft }) {
      const { strategy, definition } = installed
      const failures =
        old === undefined
          ? strategy.validate?.(draft, request)
          : (strategy.validateUpdate?.(draft, old, request) ?? strategy.validate?.(draft, request))
      if (failures !== undefined && failures.length > 0) {
        throw invalidObject(definition.group, definition.kind, draft.metadata.name ?? '', failures)
      }
      const warnings = strategy.warnings?.(draft, request, old)
      if (warnings !== undefined) request.warnings.push(...warnings)
    },
  }
}
