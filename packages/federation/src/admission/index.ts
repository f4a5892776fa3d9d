import type { AdmissionPlugin } from '@kairship/api'
import type { Clock, Random } from '@kairship/runtime'
import { bindingPlugins } from './bindings.ts'
import { clusterPlugin } from './cluster.ts'
import { deletionProtectionPlugin } from './deletion-protection.ts'
import { overridePolicyPlugins } from './overrides.ts'
import { propagationPolicyPlugins } from './policies.ts'
import { workPlugin } from './works.ts'

/** What Karmada's webhooks and its Cluster API do, inside the plane: defaults, identities and refusals. */
export function karmadaAdmission(options: { readonly clock: Clock; readonly random: Random }): AdmissionPlugin[] {
  const { clock, random } = options
  return [
    ...propagationPolicyPlugins(random),
    ...overridePolicyPlugins(),
    ...bindingPlugins(random),
    workPlugin(random),
    clusterPlugin(clock),
    deletionProtectionPlugin(),
  ]
}
