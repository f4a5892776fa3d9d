import type { UserInfo } from '@kairship/apimachinery'
import type { ProtobufDecoder } from '@kairship/api/protobuf'
import type { Clock, Logger, Random } from '@kairship/runtime'
import type { PlaneAuth } from '../auth/index.ts'
import type { AggregationGate } from '../aggregation/gate.ts'
import type { RawPaths } from '../paths/raw-paths.ts'
import type { Resources } from '../registry/resources.ts'
import type { Handler } from '../stages/stage.ts'

/** What the HTTP door of one plane needs. */
export interface Door {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly auth: Pick<PlaneAuth, 'authenticate' | 'impersonate' | 'authorizer' | 'forbidden'>
  /** Throws 403 when the user may not do this outside the resource API. */
  readonly authorizePath: (user: UserInfo, path: string, verb: string) => void
  readonly resources: Resources
  readonly rawPaths: RawPaths
  readonly aggregated: AggregationGate
  readonly handler: Handler
  readonly protobuf: ProtobufDecoder
  /** Aborts when the plane closes: watches end. */
  readonly closing: AbortSignal
  readonly flowSchemaUid: string
  readonly priorityLevelUid: string
}
