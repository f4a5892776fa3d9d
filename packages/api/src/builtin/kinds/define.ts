import type { ResourceDefinition } from '../../definition.ts'
import { createdAtPrinter } from '../printers/extension.ts'
import type { BuiltinSchemas } from '../schema/schemas.ts'
import { accessGroups } from './access.ts'
import { clusterGroups } from './cluster.ts'
import { core } from './core.ts'
import { extensionGroups } from './extension.ts'
import { ALL_VERBS, type GroupKinds, type KindRow } from './kind.ts'
import { networkGroups } from './network.ts'
import { workloadGroups } from './workloads.ts'

/** In the order of upstream's discovery: higher group priority first. */
const PRIORITY: readonly string[] = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
]

export const GROUPS: readonly GroupKinds[] = [
  core,
  ...workloadGroups,
  ...accessGroups,
  ...networkGroups,
  ...clusterGroups,
  ...extensionGroups,
].toSorted((a, b) => PRIORITY.indexOf(a.group) - PRIORITY.indexOf(b.group))

export function define(schemas: BuiltinSchemas, group: GroupKinds, row: KindRow): ResourceDefinition {
  return {
    group: group.group,
    version: group.version,
    resource: row.resource,
    kind: row.kind,
    namespaced: row.cluster !== true,
    singular: row.singular ?? row.kind.toLowerCase(),
    listKind: `${row.kind}List`,
    shortNames: row.short ?? [],
    categories: row.categories ?? [],
    verbs: row.verbs ?? ALL_VERBS,
    schema: schemas.source(`${group.types}.${row.kind}`),
    schemaName: `${group.types}.${row.kind}`,
    printer: row.printer ?? createdAtPrinter,
    subresources: row.subresources ?? [],
    ...(row.scale === undefined ? {} : { scale: row.scale }),
    hasGeneration: row.generation === true,
    storageVersion: group.storageVersion ?? group.version,
    ...(group.storageGroup === undefined ? {} : { storageGroup: group.storageGroup }),
    fieldSelectors: row.fields ?? [],
    ...(row.fieldPaths === undefined ? {} : { fieldSelectorPaths: row.fieldPaths }),
    virtual: row.virtual === true,
    createOnUpdate: row.createOnUpdate === true,
    unconditionalUpdate: row.conditionalUpdate !== true && row.virtual !== true,
  }
}
