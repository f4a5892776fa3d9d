import type { Operation, OperationQuery, PatchType } from '@kairship/apimachinery'

/** An operation as HTTP: what to send, without host, credentials or transport. */
export interface RequestLine {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query, without the server's own prefix. */
  readonly path: string
  readonly contentType?: string
  readonly body?: string
}

const methods = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
} as const

const patchTypes: { readonly [type in PatchType]: string } = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  // JSON is YAML, and the server knows no JSON spelling of this type.
  apply: 'application/apply-patch+yaml',
}

export function requestLine(operation: Operation): RequestLine {
  const method = methods[operation.verb]
  const path = resourcePath(operation) + queryString(operation)
  if (operation.body === undefined) return { method, path }
  const contentType = operation.verb === 'patch' ? patchTypes[operation.patchType ?? 'merge'] : 'application/json'
  return { method, path, contentType, body: JSON.stringify(operation.body) }
}

function resourcePath(operation: Operation): string {
  const { group, version, namespace, resource, name, subresource } = operation
  const segments = group === '' ? ['api', version] : ['apis', group, version]
  if (namespace !== undefined && namespace !== '') segments.push('namespaces', namespace)
  segments.push(resource)
  // POST goes to the collection; only a subresource has a name in its path.
  if (name !== undefined && name !== '' && (operation.verb !== 'create' || subresource !== undefined))
    segments.push(name)
  if (subresource !== undefined) segments.push(...subresource.split('/'))
  for (const segment of segments) {
    // URL parsers on the way would resolve these and make another request of it.
    if (segment === '' || segment === '.' || segment === '..')
      throw new TypeError(`"${segment}" cannot be part of a path`)
  }
  return `/${segments.map(encodeURIComponent).join('/')}`
}

function queryString(operation: Operation): string {
  const query = new URLSearchParams()
  if (operation.verb === 'watch') query.set('watch', 'true')
  const given: OperationQuery = operation.query ?? {}
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue
    if (key === 'dryRun') {
      if (value === true) query.set('dryRun', 'All')
    } else query.set(key, String(value))
  }
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}
