import type { KindRules } from '../../contracts.ts'
import { coreEventRules, eventsEventRules } from './event.ts'
import { flowSchemaRules, priorityLevelRules } from './flow-control.ts'
import { leaseRules } from './lease.ts'
import { nodeRules } from './node.ts'
import { priorityClassRules } from './priority-class.ts'
import { runtimeClassRules } from './runtime-class.ts'

/** What a cluster's own components write and read. */
export const systemRules: { readonly [key: string]: KindRules | undefined } = {
  '/Node': nodeRules,
  '/Event': coreEventRules,
  'events.k8s.io/Event': eventsEventRules,
  'coordination.k8s.io/Lease': leaseRules,
  'scheduling.k8s.io/PriorityClass': priorityClassRules,
  'node.k8s.io/RuntimeClass': runtimeClassRules,
  'flowcontrol.apiserver.k8s.io/FlowSchema': flowSchemaRules,
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': priorityLevelRules,
}
