import { errors, parseFieldSelector } from '@kairship/apimachinery'
import type { Services } from '../services.ts'
import type { Request } from '../request.ts'
import type { Stage } from './stage.ts'

/** Refuses what the user may not do. Asked before the resource is looked up: strangers do not learn what exists. */
export function authorize({ auth }: Services): Stage {
  return {
    name: 'authorize',
    handle(request, next) {
      const { verb, group, version, resource, subresource = '', namespace = '' } = request.operation
      const { user } = request
      const attributes = { user, verb, group, version, resource, subresource, namespace, name: requestName(request) }
      const { allowed, reason } = auth.authorizer.authorize(attributes)
      if (!allowed) return Promise.reject(auth.forbidden(attributes, reason))
      return next()
    },
  }
}

/** A collection request for `metadata.name=x` is about x, so that rules with resourceNames hold for it. */
function requestName({ operation: { name, query } }: Request): string {
  if (name !== undefined && name !== '') return name
  const selector = query?.fieldSelector
  if (selector === undefined || !selector.includes('metadata.name')) return ''
  try {
    return parseFieldSelector(selector).requires('metadata.name') ?? ''
  } catch (error) {
    throw errors.badRequest(error instanceof Error ? error.message : String(error))
  }
}
