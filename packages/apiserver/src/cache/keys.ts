/** `/<group or core>/<resource>/[<namespace>/]<name>`: where an object lies in the store. */
export function storeKey(group: string, resource: string, namespace: string, name: string): string {
  return `/${group === '' ? 'core' : group}/${resource}/${listKey(namespace, name)}`
}

/** `namespace/name` or `name`: where an object lies among its resource's. */
export function listKey(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`
}

export function parseKey(key: string): { group: string; resource: string; rest: string } {
  const first = key.indexOf('/', 1)
  const second = key.indexOf('/', first + 1)
  const group = key.slice(1, first)
  return { group: group === 'core' ? '' : group, resource: key.slice(first + 1, second), rest: key.slice(second + 1) }
}

/** The keys of one namespace, or all with ''. */
export function namespaceRange(namespace: string): { start: string; end: string | undefined } {
  return namespace === '' ? { start: '', end: undefined } : { start: `${namespace}/`, end: `${namespace}0` }
}
