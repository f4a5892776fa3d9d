import type { Printer, ScalePaths, SubresourceDefinition } from '../../definition.ts'

/** What is particular to one built-in resource; everything left out takes the usual value (see `define`). */
export interface KindRow {
  readonly kind: string
  readonly resource: string
  readonly singular?: string
  readonly cluster?: true
  readonly short?: readonly string[]
  readonly categories?: readonly string[]
  /** Default: all eight. */
  readonly verbs?: readonly string[]
  readonly subresources?: readonly SubresourceDefinition[]
  readonly scale?: ScalePaths
  readonly generation?: true
  readonly fields?: readonly string[]
  readonly fieldPaths?: { readonly [selector: string]: string }
  readonly createOnUpdate?: true
  /** PUT without resourceVersion is refused. */
  readonly conditionalUpdate?: true
  /** Nothing is stored. */
  readonly virtual?: true
  /** Absent: Name and Created At. */
  readonly printer?: Printer
}

export interface GroupKinds {
  readonly group: string
  readonly version: string
  /** Prefix of the OpenAPI names: `io.k8s.api.apps.v1`. */
  readonly types: string
  readonly storageVersion?: string
  /** Group whose objects these are, when not its own. */
  readonly storageGroup?: string
  readonly kinds: readonly KindRow[]
}

export const ALL_VERBS: readonly string[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
]

export const STATUS: SubresourceDefinition = { name: 'status', verbs: ['get', 'patch', 'update'] }
export const SCALE: SubresourceDefinition = {
  name: 'scale',
  kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  verbs: ['get', 'patch', 'update'],
}
/** `labelSelectorPath` leads to a LabelSelector or (ReplicationController) a plain map; Scale shows it as a string. */
export const REPLICAS: ScalePaths = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.spec.selector',
}
