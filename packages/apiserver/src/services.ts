import type { AdmissionPlugin } from '@kairship/api'
import type { Clock, Logger, Random } from '@kairship/runtime'
import type { PlaneAuth } from './auth/index.ts'
import type { PlaneCache } from './cache/plane-cache.ts'
import type { Committer } from './registry/commit.ts'
import type { Resources } from './registry/resources.ts'
import type { Shapes } from './registry/shapes.ts'
import type { AdmissionPolicies } from './cel/policy/admission.ts'
import type { AuditEvent } from './plane.ts'
import type { AdmissionWebhooks } from './webhooks/dispatch.ts'
import type { PlaneRegistry } from './strategy.ts'

/** What the pipeline of one plane works with. */
export interface Services {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly cache: PlaneCache
  readonly resources: Resources
  readonly committer: Committer
  readonly registry: PlaneRegistry
  readonly shapes: Shapes
  readonly admission: readonly AdmissionPlugin[]
  readonly webhooks: AdmissionWebhooks
  readonly policies: AdmissionPolicies
  readonly auth: Pick<PlaneAuth, 'authorizer' | 'forbidden'>
  /** Told about every finished request. */
  readonly audit: (event: AuditEvent) => void
}
