import type { DeepReadonly } from '@kairship/apimachinery'
import type { Printer } from '../../definition.ts'
import type { ComponentStatus, Node } from '../generated/types.gen.ts'
import { AGE, age, NAME, nameOf, printer, text, wide } from '../../printing/cells.ts'

export const nodePrinter: Printer = printer<Node>(
  [
    NAME,
    text('Status'),
    text('Roles'),
    AGE,
    text('Version'),
    wide('Internal-IP'),
    wide('External-IP'),
    wide('OS-Image'),
    wide('Kernel-Version'),
    wide('Container-Runtime'),
  ],
  (object, now) => {
    const info = object.status?.nodeInfo
    return [
      nameOf(object),
      nodeStatus(object),
      nodeRoles(object) || '<none>',
      age(object, now),
      info?.kubeletVersion ?? '',
      nodeAddress(object, 'InternalIP'),
      nodeAddress(object, 'ExternalIP'),
      info?.osImage || '<unknown>',
      info?.kernelVersion || '<unknown>',
      info?.containerRuntimeVersion || '<unknown>',
    ]
  },
)

function nodeStatus(node: DeepReadonly<Node>): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')
  const status = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'
  return node.spec?.unschedulable === true ? `${status},SchedulingDisabled` : status
}

function nodeRoles(node: DeepReadonly<Node>): string {
  const prefix = 'node-role.kubernetes.io/'
  const roles = new Set<string>()
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(prefix) && key.length > prefix.length) roles.add(key.slice(prefix.length))
    else if (key === 'kubernetes.io/role' && value !== '') roles.add(value)
  }
  return [...roles].sort().join(',')
}

function nodeAddress(node: DeepReadonly<Node>, type: string): string {
  return node.status?.addresses?.find((address) => address.type === type)?.address ?? '<none>'
}

export const componentStatusPrinter: Printer = printer<ComponentStatus>(
  [NAME, text('Status'), text('Message'), text('Error')],
  (object) => {
    const healthy = object.conditions?.find((condition) => condition.type === 'Healthy')
    const status = healthy === undefined ? 'Unknown' : healthy.status === 'True' ? 'Healthy' : 'Unhealthy'
    return [nameOf(object), status, healthy?.message ?? '', healthy?.error ?? '']
  },
)
