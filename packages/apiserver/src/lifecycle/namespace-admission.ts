import { errors, failure } from '@kairship/apimachinery'
import type { AdmissionPlugin, AdmissionRequest } from '@kairship/api'
import type { PlaneRegistry } from '../strategy.ts'

/** Nothing is stored by these. */
const exempt = new Set(['authorization.k8s.io/localsubjectaccessreviews'])

/**
 * Refuses objects in namespaces that do not exist (404) or are terminating (403 with cause NamespaceTerminating).
 */
export function namespaceLifecycle(registry: PlaneRegistry): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    handles: (request) =>
      request.operation === 'CREATE' &&
      request.namespace !== undefined &&
      request.namespace !== '' &&
      !exempt.has(`${request.group}/${request.resource}`) &&
      !(request.group === '' && request.resource === 'namespaces'),
    validate: (request) => check(request, registry),
  }
}

function check(request: AdmissionRequest, registry: PlaneRegistry): void {
  const { namespace = '' } = request
  const found = registry.get('', 'namespaces', '', namespace)
  if (found === undefined) throw errors.notFound({ group: '', resource: 'namespaces' }, namespace)
  if (found.metadata.deletionTimestamp === undefined) return
  const refused = errors.forbidden(
    { group: request.group, resource: request.resource },
    request.name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  )
  throw failure(403, 'Forbidden', refused.message, {
    ...refused.status.details,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  })
}
