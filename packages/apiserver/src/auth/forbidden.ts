import { errors, failure } from '@kairship/apimachinery'
import type { ApiError } from '@kairship/apimachinery'
import type { AuthorizationAttributes } from '../strategy.ts'

/** 403 in upstream's words: `pods is forbidden: User "bob" cannot list resource "pods" in API group "" at the cluster scope`. */
export function forbidden(attributes: AuthorizationAttributes, reason: string): ApiError {
  const who = `User ${JSON.stringify(attributes.user.username)} cannot ${attributes.verb}`
  const tail = reason === '' ? '' : `: ${reason}`
  if ('path' in attributes) {
    return failure(403, 'Forbidden', `forbidden: ${who} path ${JSON.stringify(attributes.path)}${tail}`, {})
  }
  const { group, resource, subresource, namespace, name } = attributes
  const full = subresource === '' ? resource : `${resource}/${subresource}`
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`
  return errors.forbidden(
    { group, resource },
    name,
    `${who} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${scope}${tail}`,
  )
}
