import { audit } from './stages/audit.ts'
import { authorize } from './stages/authorize.ts'
import { catchUp } from './stages/catch-up.ts'
import { faults } from './stages/faults.ts'
import { registry } from './stages/registry.ts'
import type { Services } from './services.ts'
import type { Stage } from './stages/stage.ts'
import { admitMutating, admitValidating } from './steps/admission.ts'
import { carry, prepare } from './steps/prepare.ts'
import { trackFields } from './steps/track-fields.ts'
import { validate } from './steps/validate.ts'
import type { WriteStep } from './registry/write.ts'

/** What every request passes, through both doors and in this order. The HTTP door has authenticated it before. */
export function requestStages(services: Services): readonly Stage[] {
  return [audit(services), faults(), catchUp(services), authorize(services), registry(services, writeSteps(services))]
}

/** What every object passes after it was decoded and defaulted, before it is committed. Patches repeat it on a race. */
function writeSteps(services: Services): readonly WriteStep[] {
  return [
    carry(services),
    admitMutating(services),
    trackFields(services),
    prepare(),
    validate(),
    admitValidating(services),
  ]
}
