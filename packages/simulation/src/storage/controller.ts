import type { PersistentVolume, PersistentVolumeClaim, Pod } from '@kairship/api/builtin'
import { PersistentVolumeClaims, PersistentVolumes, StorageClasses } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { isReason } from '@kairship/apimachinery'
import type { Informer } from '@kairship/client'
import type { Controller, Reconciler } from '@kairship/controller'
import { controller, informerSource, ownKey } from '@kairship/controller'
import type { Runnable } from '@kairship/runtime'
import { problemText } from '../world/errors.ts'
import { remove, unlessGone, writeStatus } from '../world/write.ts'
import type { World } from '../world/world.ts'

const provisioner = 'simulation.kairship.io/disk'
const claimProtection = 'kubernetes.io/pvc-protection'
const volumeProtection = 'kubernetes.io/pv-protection'

/** The class that claims get which name none. */
export function defaultStorageClass(world: World): Runnable {
  return {
    name: 'storage-class',
    async run() {
      try {
        await world.client.of(StorageClasses).create({
          apiVersion: 'storage.k8s.io/v1',
          kind: 'StorageClass',
          metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
          provisioner,
          reclaimPolicy: 'Delete',
          volumeBindingMode: 'Immediate',
        })
      } catch (error) {
        if (!isReason(error, 'AlreadyExists')) {
          world.log.info('the storage class could not be created', { problem: problemText(error) })
        }
      }
    },
  }
}

/** Gives every claim a volume of its own, and takes the volume away with the claim. */
export function claimController(world: World): Controller {
  const claims = world.informers.of(PersistentVolumeClaims)
  const volumes = world.informers.of(PersistentVolumes)
  const claimOf = (volume: DeepReadonly<PersistentVolume>): readonly string[] => {
    const { namespace = '', name } = volume.spec?.claimRef ?? {}
    return name === undefined ? [] : [`${namespace}/${name}`]
  }
  volumes.index('claim', claimOf)
  return controller<string>({
    name: 'claims',
    sources: [
      informerSource(claims, ownKey),
      informerSource(volumes, claimOf, { afterMs: world.profile.settleMs }),
      // A claim that is on its way out waits for the last pod that uses it.
      informerSource(world.pods, claimsOf, { when: (event) => event.type === 'deleted' }),
    ],
    reconciler: new ClaimReconciler(world, claims, volumes),
    clock: world.clock,
    log: world.log,
    needsLeadership: false,
  })
}

function claimsOf(pod: DeepReadonly<Pod>): readonly string[] {
  return (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) =>
    claim === undefined ? [] : [`${pod.metadata.namespace ?? ''}/${claim.claimName}`],
  )
}

class ClaimReconciler implements Reconciler<string> {
  readonly #world: World
  readonly #claims: Informer<PersistentVolumeClaim>
  readonly #volumes: Informer<PersistentVolume>

  constructor(world: World, claims: Informer<PersistentVolumeClaim>, volumes: Informer<PersistentVolume>) {
    this.#world = world
    this.#claims = claims
    this.#volumes = volumes
  }

  async reconcile(key: string): Promise<void> {
    const claim = this.#claims.cache.get(key)
    if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) {
      if (claim !== undefined) await this.#unprotect(claim)
      return this.#reclaim(key, claim)
    }
    const volume = await this.#volumeFor(claim)
    if (volume === undefined) return
    await this.#bind(claim, volume)
  }

  /** The volume a claim names, or a new one. */
  async #volumeFor(claim: DeepReadonly<PersistentVolumeClaim>): Promise<DeepReadonly<PersistentVolume> | undefined> {
    const resource = this.#world.client.of(PersistentVolumes)
    const { uid = '', name = '', namespace = '' } = claim.metadata
    if (claim.spec?.volumeName)
      return this.#volumes.cache.get(claim.spec.volumeName) ?? resource.find(claim.spec.volumeName)
    const volumeName = `pvc-${uid}`
    const known = this.#volumes.cache.get(volumeName)
    if (known !== undefined) return known
    try {
      const created = await resource.create({
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: volumeName, annotations: { 'pv.kubernetes.io/provisioned-by': provisioner } },
        spec: {
          ...(claim.spec?.accessModes === undefined ? {} : { accessModes: claim.spec.accessModes }),
          capacity: { storage: claim.spec?.resources?.requests?.['storage'] ?? '1Gi' },
          claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
          persistentVolumeReclaimPolicy: 'Delete',
          storageClassName: claim.spec?.storageClassName ?? '',
          volumeMode: claim.spec?.volumeMode ?? 'Filesystem',
          csi: { driver: provisioner, volumeHandle: volumeName },
        },
      })
      return await resource.updateStatus({ ...created, status: { phase: 'Bound' } })
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error
      return resource.find(volumeName)
    }
  }

  async #bind(claim: DeepReadonly<PersistentVolumeClaim>, volume: DeepReadonly<PersistentVolume>): Promise<void> {
    const resource = this.#world.client.of(PersistentVolumeClaims, claim.metadata.namespace)
    const volumeName = volume.metadata.name ?? ''
    let bound: DeepReadonly<PersistentVolumeClaim> | undefined = claim
    if (claim.spec?.volumeName !== volumeName) {
      const annotations = {
        ...claim.metadata.annotations,
        'pv.kubernetes.io/bind-completed': 'yes',
        'pv.kubernetes.io/bound-by-controller': 'yes',
        'volume.kubernetes.io/storage-provisioner': provisioner,
      }
      const metadata = { ...claim.metadata, annotations }
      bound = await unlessGone(resource.update({ ...claim, metadata, spec: { ...claim.spec, volumeName } }))
    }
    if (bound === undefined || bound.status?.phase === 'Bound') return
    const { accessModes, capacity } = volume.spec ?? {}
    await unlessGone(
      writeStatus(resource, bound, {
        phase: 'Bound',
        ...(accessModes === undefined ? {} : { accessModes }),
        ...(capacity === undefined ? {} : { capacity }),
      }),
    )
  }

  /** Pods that use a claim keep it; nobody else does. */
  async #unprotect(claim: DeepReadonly<PersistentVolumeClaim>): Promise<void> {
    const { finalizers = [], namespace, name = '' } = claim.metadata
    if (!finalizers.includes(claimProtection)) return
    for (const pod of this.#world.pods.cache.list({ namespace: namespace ?? '' })) {
      if (pod.spec?.volumes?.some((volume) => volume.persistentVolumeClaim?.claimName === name)) return
    }
    const metadata = { ...claim.metadata, finalizers: finalizers.filter((item) => item !== claimProtection) }
    await unlessGone(this.#world.client.of(PersistentVolumeClaims, namespace).update({ ...claim, metadata }))
  }

  async #reclaim(key: string, claim: DeepReadonly<PersistentVolumeClaim> | undefined): Promise<void> {
    if (claim !== undefined && (claim.metadata.finalizers ?? []).length > 0) return
    const resource = this.#world.client.of(PersistentVolumes)
    for (const volume of this.#volumes.cache.byIndex('claim', key)) {
      if (volume.spec?.persistentVolumeReclaimPolicy !== 'Delete') {
        await unlessGone(writeStatus(resource, volume, { phase: 'Released' }))
        continue
      }
      const { finalizers = [] } = volume.metadata
      if (finalizers.includes(volumeProtection)) {
        const metadata = { ...volume.metadata, finalizers: finalizers.filter((item) => item !== volumeProtection) }
        await unlessGone(resource.update({ ...volume, metadata }))
      }
      await remove(resource, volume)
    }
  }
}
