import { getArray, getPath, getString, withPath } from '@kairship/apimachinery'
import type { Obj } from '../manifest/prune.ts'

/** Where the containers of a kind are, told by the kind's name only (T-12); `undefined` for other kinds. */
function containersPath(object: Obj): readonly string[] | undefined {
  const { kind = '' } = object
  switch (kind) {
    case 'Pod':
      return ['spec', 'containers']
    case 'ReplicaSet':
    case 'Deployment':
    case 'DaemonSet':
    case 'StatefulSet':
    case 'Job':
      return ['spec', 'template', 'spec', 'containers']
    default:
      return undefined
  }
}

/** Changes one field of every container (init containers not included, T-16). */
export function editContainers(
  object: Obj,
  field: 'image' | 'command' | 'args',
  edit: (current: unknown, containerName: string) => unknown,
): Obj {
  const path = containersPath(object)
  const containers = path === undefined ? undefined : getArray(object, path)
  if (path === undefined || containers === undefined) return object
  return containers.reduce<Obj>((result, container, index) => {
    const at = [...path, index]
    const value = getPath(container, [field])
    const changed = edit(value, getString(object, [...at, 'name']) ?? '')
    return changed === value ? result : withPath(result, [...at, field], changed)
  }, object)
}
