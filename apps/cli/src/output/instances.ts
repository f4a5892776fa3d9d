import type { Instance } from '@kairship/api/kairship'
import type { DeepReadonly } from '@kairship/apimachinery'
import { type Cell, age } from './table.ts'

export const instanceHeaders: readonly string[] = ['name', 'phase', 'provider', 'version', 'endpoint', 'age']

export function instanceRow(instance: DeepReadonly<Instance>, now: number): readonly Cell[] {
  return [
    instance.metadata.name,
    instance.status?.phase ?? 'Pending',
    instance.spec?.provider,
    instance.status?.kubernetesVersion,
    instance.status?.endpoint,
    age(instance.metadata.creationTimestamp, now),
  ]
}
