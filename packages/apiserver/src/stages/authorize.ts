import { errors, type Operation, parseFieldSelector } from '@kairship/apimachinery'
import type { Services } from '../services.ts'
import type { Request } from '../request.ts'
import type { Stage } from './stage.ts'

/** Refuses what the user may not do. Asked before the resource is looked up: strangers do not learn what exists. */
export function authorize({ auth }: Services): Stage {
  return {
    name: 'authorize',
    handle(request, next) {
      const refusal = refuse(auth, request, request.operation.verb)
      return refusal === undefined ? next() : Promise.reject(refusal)
    },
  }
}

/** The 403 for a user who may not do this; also asked for the create that hides in an update. */
export function refuse(
  { authorizer, forbidden }: Services['auth'],
  request: Pick<Request, 'user' | 'operation'>,
  verb: string,
): Error | undefined {
  const { user, operation } = request
  const { group, version, resource, subresource = '' } = operation
  const name = verb === 'create' ? '' : requestName(operation)
  // A namespace is within itself: a role there may allow reading it.
  const own = group === '' && resource === 'namespaces' ? name : ''
  const namespace = operation.namespace ?? own
  const attributes = { user, verb, group, version, resource, subresource, namespace, name }
  const { allowed, reason } = authorizer.authorize(attributes)
  return allowed ? undefined : forbidden(attributes, reason)
}

/** A collection request for `metadata.name=x` is about x, so that rules with resourceNames hold for it. */
function requestName({ name, query }: Operation): string {
  if (name !== undefined && name !== '') return name
  const selector = query?.fieldSelector
  if (selector === undefined || !selector.includes('metadata.name')) return ''
  try {
    return parseFieldSelector(selector).requires('metadata.name') ?? ''
  } catch (error) {
    throw errors.badRequest(error instanceof Error ? error.message : String(error))
  }
}
