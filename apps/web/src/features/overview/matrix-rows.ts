import type { DeepReadonly } from '@kairship/apimachinery'
import type { ResourceBinding } from '@kairship/api/karmada'

/** `wanted` and `ready` are absent for kinds without replicas. */
export interface MatrixCell {
  readonly applied: boolean
  readonly message: string
  readonly wanted: number | undefined
  readonly ready: number | undefined
}
export interface MatrixRow {
  readonly key: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly scheduled: boolean
  readonly message: string
  readonly wanted: number | undefined
  readonly ready: number | undefined
  /** By member cluster. */
  readonly cells: ReadonlyMap<string, MatrixCell>
}

const workloadKinds: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Job',
  'CronJob',
  'Pod',
])

/** What the bindings say, one row per distributed object, sorted by namespace, name and kind. */
export function matrixRows(
  bindings: readonly DeepReadonly<ResourceBinding>[],
  options: { readonly everything: boolean },
): MatrixRow[] {
  return bindings
    .filter((binding) => options.everything || workloadKinds.has(binding.spec.resource.kind))
    .map(row)
    .toSorted(
      (a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name) || a.kind.localeCompare(b.kind),
    )
}

function row(binding: DeepReadonly<ResourceBinding>): MatrixRow {
  const { resource, clusters = [] } = binding.spec
  const scheduled = binding.status?.conditions?.find((condition) => condition.type === 'Scheduled')
  const items = new Map((binding.status?.aggregatedStatus ?? []).map((item) => [item.clusterName, item]))
  const cells = new Map<string, MatrixCell>()
  for (const target of clusters) {
    const item = items.get(target.name)
    const status = item?.status
    // Members report what they want themselves when the scheduler did not divide replicas (DaemonSets).
    const wanted = target.replicas ?? numberIn(status, 'desiredNumberScheduled')
    cells.set(target.name, {
      applied: item?.applied ?? false,
      message: item?.appliedMessage ?? '',
      wanted,
      ready:
        wanted === undefined
          ? undefined
          : (numberIn(status, 'readyReplicas') ??
            numberIn(status, 'numberReady') ??
            numberIn(status, 'succeeded') ??
            0),
    })
  }
  const sum = (pick: (cell: MatrixCell) => number | undefined): number | undefined => {
    const values = [...cells.values()].map(pick).filter((value) => value !== undefined)
    return values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0)
  }
  return {
    key: `${resource.apiVersion}/${resource.kind}/${resource.namespace ?? ''}/${resource.name}`,
    kind: resource.kind,
    namespace: resource.namespace ?? '',
    name: resource.name,
    scheduled: scheduled?.status === 'True',
    message: scheduled?.message ?? '',
    wanted: sum((cell) => cell.wanted),
    ready: sum((cell) => cell.ready),
    cells,
  }
}

function numberIn(status: unknown, field: string): number | undefined {
  if (typeof status !== 'object' || status === null || !(field in status)) return undefined
  const value: unknown = Reflect.get(status, field)
  return typeof value === 'number' ? value : undefined
}
