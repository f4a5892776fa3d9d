import { errors, type Verb } from '@kairship/apimachinery'

/** What a path means. */
export type Route =
  | {
      readonly type: 'resource'
      readonly group: string
      readonly version: string
      readonly namespace: string | undefined
      readonly resource: string
      readonly name: string
      readonly subresource: string
      /** What follows the subresource (`proxy/some/path`). */
      readonly rest: string
      /** The deprecated `/watch/` prefix. */
      readonly watch: boolean
    }
  | { readonly type: 'path'; readonly path: string }

/** Subresources of a namespace itself; anything else below a namespace is a resource in it. */
const ofNamespace = new Set(['status', 'finalize'])

export function parseRoute(path: string): Route {
  const parts = path.split('/').filter((part) => part !== '')
  const core = parts[0] === 'api'
  if (!core && parts[0] !== 'apis') return { type: 'path', path }
  const [group = '', version = ''] = core ? ['', parts[1]] : [parts[1], parts[2]]
  let rest = parts.slice(core ? 2 : 3).map(decode)
  if (version === '' || rest.length === 0) return { type: 'path', path }
  const watch = rest[0] === 'watch' && rest.length > 1
  if (watch) rest = rest.slice(1)
  let namespace: string | undefined
  if (rest[0] === 'namespaces' && rest.length > 2 && !ofNamespace.has(rest[2] ?? '')) {
    namespace = rest[1]
    rest = rest.slice(2)
  }
  const [resource = '', name = '', subresource = '', ...more] = rest
  return { type: 'resource', group, version, namespace, resource, name, subresource, rest: more.join('/'), watch }
}

/** HTTP method → verb; `undefined` when the method does not fit the path. */
export function verbOf(method: string, named: boolean, watch: boolean): Verb | undefined {
  switch (method) {
    case 'GET':
      return watch && !named ? 'watch' : named ? 'get' : 'list'
    case 'POST':
      return 'create'
    case 'PUT':
      return named ? 'update' : undefined
    case 'PATCH':
      return named ? 'patch' : undefined
    case 'DELETE':
      return named ? 'delete' : 'deletecollection'
    default:
      return undefined
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw errors.badRequest('invalid URL escape')
  }
}
