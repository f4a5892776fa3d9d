import * as config from '../printers/config.ts'
import { defaultPrinter } from '../../printing/columns-printer.ts'
import * as policy from '../printers/policy.ts'
import * as printers from '../printers/storage.ts'
import { STATUS, type GroupKinds } from './kind.ts'

const coordination: GroupKinds = {
  group: 'coordination.k8s.io',
  version: 'v1',
  types: 'io.k8s.api.coordination.v1',
  kinds: [
    {
      kind: 'Lease',
      resource: 'leases',
      createOnUpdate: true,
      conditionalUpdate: true,
      printer: config.leasePrinter,
    },
  ],
}

const storage: GroupKinds = {
  group: 'storage.k8s.io',
  version: 'v1',
  types: 'io.k8s.api.storage.v1',
  kinds: [
    {
      kind: 'CSIDriver',
      resource: 'csidrivers',
      cluster: true,
      generation: true,
      conditionalUpdate: true,
      printer: printers.csiDriverPrinter,
    },
    {
      kind: 'CSINode',
      resource: 'csinodes',
      cluster: true,
      conditionalUpdate: true,
      printer: printers.csiNodePrinter,
    },
    { kind: 'CSIStorageCapacity', resource: 'csistoragecapacities', conditionalUpdate: true },
    {
      kind: 'StorageClass',
      resource: 'storageclasses',
      cluster: true,
      short: ['sc'],
      printer: printers.storageClassPrinter,
    },
    {
      kind: 'VolumeAttachment',
      resource: 'volumeattachments',
      cluster: true,
      conditionalUpdate: true,
      subresources: [STATUS],
      printer: printers.volumeAttachmentPrinter,
    },
    {
      kind: 'VolumeAttributesClass',
      resource: 'volumeattributesclasses',
      cluster: true,
      short: ['vac'],
      printer: printers.volumeAttributesClassPrinter,
    },
  ],
}

const scheduling: GroupKinds = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  types: 'io.k8s.api.scheduling.v1',
  kinds: [
    {
      kind: 'PriorityClass',
      resource: 'priorityclasses',
      cluster: true,
      short: ['pc'],
      generation: true,
      printer: policy.priorityClassPrinter,
    },
  ],
}

const node: GroupKinds = {
  group: 'node.k8s.io',
  version: 'v1',
  types: 'io.k8s.api.node.v1',
  kinds: [
    {
      kind: 'RuntimeClass',
      resource: 'runtimeclasses',
      cluster: true,
      createOnUpdate: true,
      conditionalUpdate: true,
      printer: policy.runtimeClassPrinter,
    },
  ],
}

const flowcontrol: GroupKinds = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  types: 'io.k8s.api.flowcontrol.v1',
  kinds: [
    {
      kind: 'FlowSchema',
      resource: 'flowschemas',
      cluster: true,
      generation: true,
      subresources: [STATUS],
      printer: policy.flowSchemaPrinter,
    },
    {
      kind: 'PriorityLevelConfiguration',
      resource: 'prioritylevelconfigurations',
      cluster: true,
      generation: true,
      subresources: [STATUS],
      printer: policy.priorityLevelPrinter,
    },
  ],
}

/** Dynamic resource allocation: stored and validated by schema; no allocation happens in our planes. */
const resource: GroupKinds = {
  group: 'resource.k8s.io',
  version: 'v1',
  types: 'io.k8s.api.resource.v1',
  kinds: [
    { kind: 'DeviceClass', resource: 'deviceclasses', cluster: true, generation: true, printer: defaultPrinter },
    {
      kind: 'ResourceClaim',
      resource: 'resourceclaims',
      subresources: [STATUS],
      generation: true,
      printer: printers.resourceClaimPrinter,
    },
    { kind: 'ResourceClaimTemplate', resource: 'resourceclaimtemplates', generation: true, printer: defaultPrinter },
    {
      kind: 'ResourceSlice',
      resource: 'resourceslices',
      cluster: true,
      generation: true,
      fields: ['spec.nodeName', 'spec.driver'],
      printer: printers.resourceSlicePrinter,
    },
  ],
}

export const clusterGroups: readonly GroupKinds[] = [coordination, storage, scheduling, node, flowcontrol, resource]
