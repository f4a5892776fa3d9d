import { describe, expect, it } from 'vitest'
import { rulesOf } from '../rules.testing.ts'

const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }

describe('a PersistentVolumeClaim', () => {
  const { refused, changed, defaulted } = rulesOf('', 'PersistentVolumeClaim')
  const bound = {
    spec: { ...spec, storageClassName: 'fast', volumeName: 'pv' },
    status: { phase: 'Bound', capacity: { storage: '1Gi' } },
  }
  const resized = (storage: string): object => ({
    ...bound,
    spec: { ...bound.spec, resources: { requests: { storage } } },
  })
  const immutable =
    'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

  it('is for a file system unless it says otherwise', () => {
    expect(defaulted({ spec })['spec']).toEqual({ ...spec, volumeMode: 'Filesystem' })
  })
  it.each([
    [{ ...spec, accessModes: [] }, ['spec.accessModes: Required value: at least 1 access mode is required']],
    [
      { ...spec, accessModes: ['Sometimes'] },
      [
        'spec.accessModes: Unsupported value: "Sometimes": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      ],
    ],
    [
      { ...spec, accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] },
      ['spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes'],
    ],
    [{ accessModes: ['ReadWriteOnce'] }, ['spec.resources[storage]: Required value']],
    [
      { ...spec, resources: { requests: { storage: '0' } } },
      ['spec.resources[storage]: Invalid value: "0": must be greater than zero'],
    ],
  ])('may not be %j', (claim, texts) => expect(refused({ spec: claim })).toEqual(texts))

  it('is filled in by the binder once', () => {
    expect(changed({ spec }, { spec: { ...spec, volumeName: 'pv', storageClassName: 'fast' } })).toEqual([])
    expect(changed(bound, { ...bound, spec: { ...bound.spec, volumeName: 'other' } })).toEqual([immutable])
    expect(changed({ spec: { ...spec, storageClassName: 'a' } }, { spec: { ...spec, storageClassName: 'b' } })).toEqual(
      [immutable],
    )
  })
  it('may grow when bound, and shrink to what it has at the least', () => {
    expect(changed(bound, resized('2Gi'))).toEqual([])
    expect(changed({ spec }, { spec: { ...spec, resources: { requests: { storage: '2Gi' } } } })).toEqual([immutable])
    expect(changed(bound, resized('500Mi'))).toEqual([
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ])
    expect(changed(resized('3Gi'), resized('2Gi'))).toEqual([])
  })
  it('of the same size in other words is the same', () => {
    expect(changed({ spec }, { spec: { ...spec, resources: { requests: { storage: '1024Mi' } } } })).toEqual([])
  })
})

describe('a PersistentVolume', () => {
  const { refused, changed, defaulted } = rulesOf('', 'PersistentVolume')
  const volume = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], nfs: { server: 's', path: '/p' } }
  it('is kept when it is released', () => {
    expect(defaulted({ spec: { ...volume, nfs: undefined, hostPath: { path: '/p' } } })['spec']).toMatchObject({
      persistentVolumeReclaimPolicy: 'Retain',
      volumeMode: 'Filesystem',
      hostPath: { path: '/p', type: '' },
    })
  })
  it.each([
    [{ ...volume, accessModes: undefined }, ['spec.accessModes: Required value']],
    [{ ...volume, capacity: {} }, ['spec.capacity: Required value']],
    [
      { ...volume, capacity: { cpu: '1' } },
      ['spec.capacity: Unsupported value: {"cpu":"1"}: supported values: "storage"'],
    ],
    [{ ...volume, nfs: undefined }, ['spec: Required value: must specify a volume type']],
    [
      { ...volume, csi: { driver: 'd', volumeHandle: 'h' } },
      ['spec.nfs: Forbidden: may not specify more than 1 volume type'],
    ],
    [{ ...volume, nfs: { server: 's' } }, ['spec.nfs.path: Required value']],
    [{ ...volume, nfs: { server: 's', path: 'p' } }, ['spec.nfs.path: Invalid value: "p": must be an absolute path']],
    [
      { ...volume, nfs: undefined, local: { path: '/p' } },
      ['metadata.annotations: Required value: Local volume requires node affinity'],
    ],
    [
      { ...volume, persistentVolumeReclaimPolicy: 'Burn' },
      [
        'spec.persistentVolumeReclaimPolicy: Unsupported value: "Burn": supported values: "Delete", "Recycle", "Retain"',
      ],
    ],
  ])('may not be %j', (object, texts) => expect(refused({ spec: object })).toEqual(texts))
  it('stays where it is', () => {
    expect(changed({ spec: volume }, { spec: { ...volume, nfs: { server: 's', path: '/q' } } })).toEqual([
      'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation',
    ])
  })
})

describe('a StorageClass', () => {
  const { refused, changed, defaulted } = rulesOf('storage.k8s.io', 'StorageClass')
  const object = { provisioner: 'ex.io/disk', parameters: { type: 'ssd' } }
  it('deletes released volumes and binds at once', () => {
    expect(defaulted(object)).toMatchObject({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' })
  })
  it('needs a provisioner', () => {
    expect(refused({})).toEqual(['provisioner: Required value'])
    expect(refused({ provisioner: 'ex io' })[0]).toContain('name part must consist of alphanumeric characters')
  })
  it.each([
    [{ parameters: { type: 'hdd' } }, 'parameters: Forbidden: updates to parameters are forbidden.'],
    [{ provisioner: 'ex.io/other' }, 'provisioner: Forbidden: updates to provisioner are forbidden.'],
    [{ reclaimPolicy: 'Retain' }, 'reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.'],
    [
      { volumeBindingMode: 'WaitForFirstConsumer' },
      'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
    ],
  ])('may not become %j', (change, text) => expect(changed(object, { ...object, ...change })).toEqual([text]))
  it('may begin to allow growth', () => {
    expect(changed(object, { ...object, allowVolumeExpansion: true })).toEqual([])
  })
})

describe('what drivers write', () => {
  it('a CSIDriver has the defaults of drivers that attach', () => {
    expect(rulesOf('storage.k8s.io', 'CSIDriver').defaulted({ spec: {} })['spec']).toEqual({
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      requiresRepublish: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      seLinuxMount: false,
      volumeLifecycleModes: ['Persistent'],
    })
  })
  it('a CSINode names each driver once, and a driver keeps its identity', () => {
    const { refused, changed } = rulesOf('storage.k8s.io', 'CSINode')
    const driver = { name: 'd.ex.io', nodeID: 'n1', topologyKeys: null }
    expect(refused({ spec: { drivers: [driver, driver] } })).toEqual([
      'spec.drivers[1].name: Duplicate value: "d.ex.io"',
    ])
    const old = { spec: { drivers: [driver] } }
    expect(changed(old, { spec: { drivers: [] } })).toEqual([])
    expect(changed(old, { spec: { drivers: [{ ...driver, nodeID: 'n2' }] } })[0]).toContain('field is immutable')
  })
  it('a VolumeAttachment has one source and never changes', () => {
    const { refused, changed } = rulesOf('storage.k8s.io', 'VolumeAttachment')
    const attachment = { spec: { attacher: 'd.ex.io', nodeName: 'n', source: { persistentVolumeName: 'pv' } } }
    expect(refused(attachment)).toEqual([])
    expect(refused({ spec: { ...attachment.spec, source: {} } })).toEqual([
      'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    ])
    expect(changed(attachment, { spec: { ...attachment.spec, nodeName: 'm' } })[0]).toContain('field is immutable')
  })
})
