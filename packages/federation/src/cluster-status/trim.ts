import { getArray, getObject, getPath, getString, isPlainObject } from '@kairship/apimachinery'
import type { DeepReadonly, KubeObject } from '@kairship/apimachinery'

/** What is left of a Node or Pod for counting: a large member has many, and the rest of them is nobody's business here. */
export function forCounting<T extends KubeObject>(object: DeepReadonly<T>): DeepReadonly<T> {
  const { name, namespace, uid, resourceVersion } = object.metadata
  return trimmed<T>({
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion },
    spec: {
      ...present('nodeName', getString(object, ['spec', 'nodeName'])),
      ...present('containers', containers(object, 'containers')),
      ...present('initContainers', containers(object, 'initContainers')),
      ...present('overhead', getObject(object, ['spec', 'overhead'])),
    },
    status: {
      ...present('phase', getString(object, ['status', 'phase'])),
      ...present('allocatable', getObject(object, ['status', 'allocatable'])),
      ...present('conditions', readiness(object)),
    },
  })
}

function present(field: string, value: unknown): { readonly [field: string]: unknown } {
  return value === undefined ? {} : { [field]: value }
}

function containers(object: object, list: string): unknown {
  return getArray(object, ['spec', list])?.map((container) => ({
    ...present('resources', getPath(container, ['resources'])),
    ...present('restartPolicy', getPath(container, ['restartPolicy'])),
  }))
}

function readiness(object: object): unknown {
  return getArray(object, ['status', 'conditions'])
    ?.filter((condition) => isPlainObject(condition) && condition['type'] === 'Ready')
    .map((condition) => ({ type: 'Ready', status: getPath(condition, ['status']) }))
}

// Readers of the counts look at nothing else of the type.
function trimmed<T>(value: unknown): DeepReadonly<T> {
  return value as DeepReadonly<T>
}
