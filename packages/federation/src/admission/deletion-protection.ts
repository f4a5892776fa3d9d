import type { AdmissionPlugin } from '@kairship/api'
import { Labels } from '@kairship/api/karmada'
import { denied } from './denied.ts'

const WEBHOOK = 'resourcedeletionprotection.karmada.io'

/** Objects of any kind that say so themselves cannot be deleted. Other values of the label mean nothing. */
export function deletionProtectionPlugin(): AdmissionPlugin {
  return {
    name: WEBHOOK,
    handles: ({ operation, subresource, old }) =>
      operation === 'DELETE' &&
      subresource === undefined &&
      old?.metadata.labels?.[Labels.deletionProtected] === 'Always',
    validate: () => {
      throw denied(
        WEBHOOK,
        `This resource is protected, please make sure to remove the label: ${Labels.deletionProtected}`,
      )
    },
  }
}
