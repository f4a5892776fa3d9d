import { parseApiVersion } from '@kairship/apimachinery'
import type { DeepReadonly, JsonObject, ResourceRef } from '@kairship/apimachinery'
import type { ManifestStatus, ResourceHealth } from '@kairship/api/karmada'
import type { Interpreter } from '@kairship/interpreter'
import type { Logger } from '@kairship/runtime'
import type { Obj } from '../manifest/prune.ts'

export interface StatusRequest {
  readonly ordinal: number
  readonly ref: ResourceRef
  readonly observed: Obj
  readonly interpreter: Interpreter
  readonly log: Logger
  readonly signal: AbortSignal
}

/** What one member reports about one object; nothing when its status cannot be read. */
export async function manifestStatus(request: StatusRequest): Promise<DeepReadonly<ManifestStatus> | undefined> {
  const { ordinal, ref, observed, interpreter, log, signal } = request
  const { group, version } = parseApiVersion(observed.apiVersion ?? '')
  const kind = { group, version, kind: observed.kind ?? '' }
  const { namespace, name = '' } = observed.metadata
  let status: DeepReadonly<JsonObject> | undefined
  try {
    status = await interpreter.interpret(kind, 'reflectStatus', { object: observed }, signal)
  } catch (error) {
    log.debug('status of a member object could not be read', { kind: kind.kind, name, problem: String(error) })
    return undefined
  }
  return {
    identifier: {
      ordinal,
      ...(group === '' ? {} : { group }),
      version,
      kind: kind.kind,
      resource: ref.resource,
      ...(namespace === undefined ? {} : { namespace }),
      name,
    },
    ...(status === undefined ? {} : { status }),
    health: await healthOf(kind, observed, interpreter, signal),
  }
}

/** Kinds without a rule count as healthy; a rule that fails says nothing. */
async function healthOf(
  kind: { readonly group: string; readonly version: string; readonly kind: string },
  object: Obj,
  interpreter: Interpreter,
  signal: AbortSignal,
): Promise<ResourceHealth> {
  if (!interpreter.supports(kind, 'interpretHealth')) return 'Healthy'
  try {
    return (await interpreter.interpret(kind, 'interpretHealth', { object }, signal)) === true ? 'Healthy' : 'Unhealthy'
  } catch {
    return 'Unknown'
  }
}
