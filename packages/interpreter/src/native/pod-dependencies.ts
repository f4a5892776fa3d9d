import { at, isFields, listAt, stringAt } from '../fields.ts'
import type { Json } from '../fields.ts'
import type { DependentObjectReference } from '../interpretations.ts'

/** Where a volume names a Secret, besides `secret`, `projected` and `azureFile`. Only one source per volume counts. */
const secretVolumes: readonly (readonly [source: string, ...path: string[]])[] = [
  ['secret', 'secretName'],
  ['azureFile', 'secretName'],
  ['cephfs', 'secretRef', 'name'],
  ['cinder', 'secretRef', 'name'],
  ['flexVolume', 'secretRef', 'name'],
  ['rbd', 'secretRef', 'name'],
  ['scaleIO', 'secretRef', 'name'],
  ['iscsi', 'secretRef', 'name'],
  ['storageos', 'secretRef', 'name'],
  ['csi', 'nodePublishSecretRef', 'name'],
]

class References {
  readonly configMaps = new Set<string>()
  readonly secrets = new Set<string>()
  readonly claims = new Set<string>()

  add(into: Set<string>, name: string | undefined): void {
    if (name !== undefined && name !== '') into.add(name)
  }

  container(container: unknown): void {
    for (const source of listAt(container, 'envFrom')) {
      this.add(this.configMaps, stringAt(source, 'configMapRef', 'name'))
      this.add(this.secrets, stringAt(source, 'secretRef', 'name'))
    }
    for (const variable of listAt(container, 'env')) {
      this.add(this.configMaps, stringAt(variable, 'valueFrom', 'configMapKeyRef', 'name'))
      this.add(this.secrets, stringAt(variable, 'valueFrom', 'secretKeyRef', 'name'))
    }
  }

  volume(volume: Json): void {
    if (!isFields(volume)) return
    if (isFields(volume['configMap'])) return this.add(this.configMaps, stringAt(volume, 'configMap', 'name'))
    if (isFields(volume['persistentVolumeClaim'])) {
      return this.add(this.claims, stringAt(volume, 'persistentVolumeClaim', 'claimName'))
    }
    if (isFields(volume['projected'])) {
      for (const source of listAt(volume, 'projected', 'sources')) {
        this.add(this.configMaps, stringAt(source, 'configMap', 'name'))
        this.add(this.secrets, stringAt(source, 'secret', 'name'))
      }
      return
    }
    const path = secretVolumes.find(([source]) => isFields(volume[source]))
    if (path !== undefined) this.add(this.secrets, stringAt(volume, ...path))
  }
}

/**
 * Everything a pod needs from its namespace: ConfigMaps, Secrets, its ServiceAccount, PVCs; in this order, each sorted by
 * name. `optional: true` makes no difference.
 */
export function podDependencies(podSpec: unknown, namespace: string): DependentObjectReference[] {
  const found = new References()
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    for (const container of listAt(podSpec, list)) found.container(container)
  }
  for (const reference of listAt(podSpec, 'imagePullSecrets')) found.add(found.secrets, stringAt(reference, 'name'))
  for (const volume of listAt(podSpec, 'volumes')) found.volume(volume)
  const account = at(podSpec, 'serviceAccountName')
  const accounts = typeof account === 'string' && account !== '' && account !== 'default' ? [account] : []
  const references = (kind: string, names: Iterable<string>): DependentObjectReference[] =>
    [...names].toSorted().map((name) => ({ apiVersion: 'v1', kind, namespace, name }))
  return [
    ...references('ConfigMap', found.configMaps),
    ...references('Secret', found.secrets),
    ...references('ServiceAccount', accounts),
    ...references('PersistentVolumeClaim', found.claims),
  ]
}
