import { errors as apiErrors, formatTime } from '@kairship/apimachinery'
import type { Reply } from '@kairship/apimachinery'
import type { TokenRequest } from '../../../auth/contracts.ts'
import type { RequestContext } from '../../../strategy.ts'
import type { PlaneServices } from '../../contracts.ts'
import { FieldErrors } from '../../field-errors.ts'
import { at, child, integer, parseFields, strings, text } from '../../fields.ts'
import type { Fields, ReadonlyFields } from '../../fields.ts'
import { invalidObject } from '../../invalid.ts'

const shortestSeconds = 600
const longestSeconds = 2 ** 32
const bindable = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' } as const

/** POST …/serviceaccounts/x/token */
export async function requestToken(context: RequestContext, plane: PlaneServices): Promise<Reply> {
  const { namespace = '', name = '', body } = context.operation
  const request: Fields = { ...parseFields(body) }
  const spec: Fields = { ...at(request, 'spec') }
  const seconds = integer(spec, 'expirationSeconds') ?? 3600
  const errors = new FieldErrors()
  if (seconds < shortestSeconds) {
    errors.invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes')
  } else if (seconds > longestSeconds) {
    errors.invalid('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds')
  }
  if (!errors.empty) throw invalidObject('authentication.k8s.io', 'TokenRequest', '', errors.list)
  const audiences = strings(spec, 'audiences')
  const boundTo = bound(child(spec, 'boundObjectRef'), namespace, plane)
  const issued = plane.tokens.issue({
    namespace,
    name,
    audiences,
    expiresInMs: seconds * 1000,
    ...(boundTo === undefined ? {} : { boundTo }),
  })
  return {
    status: 201,
    warnings: [],
    body: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace, creationTimestamp: formatTime(context.now) },
      spec: {
        audiences: audiences.length === 0 ? [...plane.tokens.audiences] : [...audiences],
        expirationSeconds: seconds,
        boundObjectRef:
          boundTo === undefined ? null : { kind: boundTo.kind, apiVersion: 'v1', name: boundTo.name, uid: boundTo.uid },
      },
      status: { token: issued.token, expirationTimestamp: formatTime(issued.expiresAt) },
    },
  }
}

function bound(
  reference: ReadonlyFields | undefined,
  namespace: string,
  plane: PlaneServices,
): TokenRequest['boundTo'] {
  if (reference === undefined) return undefined
  const kind = text(reference, 'kind')
  const name = text(reference, 'name')
  if (kind !== 'Pod' && kind !== 'Secret' && kind !== 'Node') {
    throw apiErrors.badRequest(`cannot bind token to object of type ${kind}`)
  }
  const resource = bindable[kind]
  const object = plane.registry.get('', resource, kind === 'Node' ? '' : namespace, name)
  if (object === undefined) throw apiErrors.notFound({ group: '', resource }, name)
  const uid = text(reference, 'uid')
  if (uid !== '' && uid !== object.metadata.uid) {
    const detail = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`
    throw apiErrors.conflict({ group: '', resource }, name, detail)
  }
  return { kind, name, uid: object.metadata.uid ?? '' }
}
