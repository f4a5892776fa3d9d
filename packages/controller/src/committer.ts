import type { DeepReadonly, KubeObject } from '@kairship/apimachinery'
import { deepEqual, isReason } from '@kairship/apimachinery'
import type { ResourceClient } from '@kairship/client'
import type { Commit } from './contracts.ts'
import { TerminalError } from './controller.ts'

export interface CommitterOptions<T extends KubeObject> {
  /** The client for the object's namespace. */
  readonly resource: (object: DeepReadonly<T>) => ResourceClient<T>
  /** How often a conflict that touched other parts of the object is answered by re-reading. Default 5. */
  readonly retries?: number
}

/**
 * The only writer of a controller's own objects (I7). Nothing changed: no request. Metadata or spec changed: update.
 * Status changed: update of the status subresource. Both: refused, because two requests cannot be one fact.
 *
 * A conflict is retried here only when the part we write is, on the server, still what the decision was based on (for a
 * status also: of the same generation). Otherwise it is thrown and the reconciler decides anew.
 */
export function committer<T extends KubeObject>(options: CommitterOptions<T>): Commit<T> {
  const { resource, retries = 5 } = options
  return async (before, after) => {
    const status = !deepEqual(statusOf(before), statusOf(after))
    const rest = !deepEqual(restOf(before), restOf(after))
    if (!status && !rest) return
    const name = after.metadata.name ?? ''
    if (status && rest) {
      throw new TerminalError(`${after.kind ?? ''} ${name}: a step changed status and metadata or spec at once`)
    }
    const client = resource(before)
    let object = frozen(after)
    for (let attempt = 0; ; attempt++) {
      try {
        await (status ? client.updateStatus(object) : client.update(object))
        return
      } catch (error) {
        if (!isReason(error, 'Conflict') || attempt >= retries) throw error
        const live = await client.find(name)
        if (live === undefined || live.metadata.uid !== before.metadata.uid) throw error
        const merged = status ? ontoStatus(before, live, after) : ontoRest(before, live, after)
        if (merged === undefined) throw error
        object = merged
      }
    }
  }
}

/** Our status on the object as it is now, when only metadata changed meanwhile. */
function ontoStatus<T extends KubeObject>(
  before: DeepReadonly<T>,
  live: DeepReadonly<T>,
  after: T,
): DeepReadonly<T> | undefined {
  if (live.metadata.generation !== before.metadata.generation) return undefined
  if (!deepEqual(statusOf(live), statusOf(before))) return undefined
  return rebuilt<T>({ ...live, status: statusOf(after) })
}

/** Our metadata and spec with the current version, when only the status changed meanwhile. */
function ontoRest<T extends KubeObject>(
  before: DeepReadonly<T>,
  live: DeepReadonly<T>,
  after: T,
): DeepReadonly<T> | undefined {
  if (!deepEqual(restOf(live), restOf(before))) return undefined
  const { resourceVersion } = live.metadata
  return rebuilt<T>({ ...after, metadata: { ...after.metadata, resourceVersion } })
}

function statusOf(object: object): unknown {
  return 'status' in object ? object.status : undefined
}

/** Everything but the status and what the server writes with every change. */
function restOf(object: object): unknown {
  const { status: _status, metadata, ...rest } = asFields(object)
  const { resourceVersion: _version, managedFields: _fields, ...meta } = asFields(metadata)
  return { ...rest, metadata: meta }
}

function asFields(value: unknown): { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

// The spread of a T with a field replaced by one of its own type is a T; TypeScript cannot see that for a type parameter.
function rebuilt<T>(value: unknown): DeepReadonly<T> {
  return value as DeepReadonly<T>
}
function frozen<T>(value: T): DeepReadonly<T> {
  return value as DeepReadonly<T>
}
