import { ApiError, statusFromBody } from '@kairship/apimachinery'
import type { DeepReadonly, JsonObject, JsonValue, Operation, Unstructured } from '@kairship/apimachinery'
import type { PlaneRegistry } from '../strategy.ts'

/** Where an object is, for requests. */
export interface Target {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly namespace?: string
  readonly name?: string
  readonly subresource?: string
}

/** Runs the operation; throws the failure as `ApiError`. */
export async function call(registry: PlaneRegistry, operation: Operation): Promise<DeepReadonly<JsonObject>> {
  const reply = await registry.request(operation)
  if (reply.status >= 400) throw statusFromBody(reply.status, reply.body)
  return reply.body
}

/** Like `call`, but an answer with one of these codes is `undefined`. */
export async function callUnless(
  registry: PlaneRegistry,
  codes: readonly number[],
  operation: Operation,
): Promise<DeepReadonly<JsonObject> | undefined> {
  try {
    return await call(registry, operation)
  } catch (error) {
    if (error instanceof ApiError && codes.includes(error.code)) return undefined
    throw error
  }
}

/** Creates the object; one that exists already stays as it is. */
export async function createIfMissing(registry: PlaneRegistry, target: Target, object: Unstructured): Promise<void> {
  const { name = '', namespace = '' } = object.metadata
  const exists = (): boolean => registry.get(target.group, target.resource, namespace, name) !== undefined
  if (exists()) return
  try {
    await callUnless(registry, [409], { ...target, verb: 'create', body: parseBody(object) })
  } catch (error) {
    // Another replica may have created it meanwhile, and has what this one was refused (a Service's address).
    if (!exists()) throw error
  }
}

export async function update(registry: PlaneRegistry, target: Target, object: Unstructured): Promise<void> {
  await call(registry, { ...target, verb: 'update', body: parseBody(object) })
}

/** Deletes exactly the object with this uid; one that is gone or was replaced is fine. */
export async function deleteExactly(
  registry: PlaneRegistry,
  target: Target,
  uid: string,
  options: { readonly propagationPolicy?: string; readonly gracePeriodSeconds?: number } = {},
): Promise<void> {
  const body = { ...options, preconditions: { uid } }
  await callUnless(registry, [404, 409], { ...target, verb: 'delete', body })
}

/** Objects are JSON; the type system needs telling. */
export function parseBody(object: DeepReadonly<Unstructured>): DeepReadonly<JsonValue> {
  return object as DeepReadonly<JsonValue>
}
