import { child, ensure, type Fields, isEmpty, items, setDefault, setMissing, text } from '../../fields.ts'

/** Defaults of a PodTemplateSpec's `spec` or a Pod's `spec`, as kube-apiserver 1.36 writes them. */
export function defaultPodSpec(spec: Fields): void {
  setDefault(spec, 'dnsPolicy', 'ClusterFirst')
  setDefault(spec, 'restartPolicy', 'Always')
  setMissing(spec, 'terminationGracePeriodSeconds', 30)
  setMissing(spec, 'securityContext', {})
  setDefault(spec, 'schedulerName', 'default-scheduler')
  // The old name of the field is kept in step with the new one.
  const account = text(spec, 'serviceAccountName') || text(spec, 'serviceAccount')
  if (account !== '') {
    setDefault(spec, 'serviceAccountName', account)
    setDefault(spec, 'serviceAccount', account)
  }
  const hostNetwork = spec['hostNetwork'] === true
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    for (const container of items(spec, list)) defaultContainer(container, hostNetwork)
  }
  for (const volume of items(spec, 'volumes')) defaultVolume(volume)
}

function defaultContainer(container: Fields, hostNetwork: boolean): void {
  setDefault(container, 'imagePullPolicy', pullPolicy(text(container, 'image')))
  setDefault(container, 'terminationMessagePath', '/dev/termination-log')
  setDefault(container, 'terminationMessagePolicy', 'File')
  const resources = ensure(container, 'resources')
  // A limit without a request requests as much.
  const limits = child(resources, 'limits')
  if (limits !== undefined) {
    const requests = ensure(resources, 'requests')
    for (const [name, quantity] of Object.entries(limits)) setMissing(requests, name, quantity)
  }
  for (const port of items(container, 'ports')) {
    setDefault(port, 'protocol', 'TCP')
    const { containerPort } = port
    if (hostNetwork && typeof containerPort === 'number') setNumber(port, 'hostPort', containerPort)
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = child(container, name)
    if (probe !== undefined) defaultProbe(probe)
  }
  const lifecycle = child(container, 'lifecycle')
  for (const name of ['postStart', 'preStop']) {
    const handler = lifecycle === undefined ? undefined : child(lifecycle, name)
    const get = handler === undefined ? undefined : child(handler, 'httpGet')
    if (get !== undefined) defaultHttpGet(get)
  }
  for (const variable of items(container, 'env')) {
    const from = child(variable, 'valueFrom')
    const field = from === undefined ? undefined : child(from, 'fieldRef')
    if (field !== undefined) setDefault(field, 'apiVersion', 'v1')
    const resource = from === undefined ? undefined : child(from, 'resourceFieldRef')
    if (resource !== undefined) setMissing(resource, 'divisor', '0')
  }
}

/** `:latest` and images without a tag are always pulled; a digest or another tag is not. */
export function pullPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent'
  const tag = /:([^/:]+)$/.exec(image)?.[1]
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent'
}

function isUnsetNumber(value: unknown): boolean {
  return value === undefined || value === 0
}
function setNumber(parent: Fields, key: string, value: number): void {
  if (isUnsetNumber(parent[key]) && parent[key] !== value) parent[key] = value
}

function defaultProbe(probe: Fields): void {
  setNumber(probe, 'timeoutSeconds', 1)
  setNumber(probe, 'periodSeconds', 10)
  setNumber(probe, 'successThreshold', 1)
  setNumber(probe, 'failureThreshold', 3)
  const get = child(probe, 'httpGet')
  if (get !== undefined) defaultHttpGet(get)
  const grpc = child(probe, 'grpc')
  if (grpc !== undefined) setMissing(grpc, 'service', '')
}

function defaultHttpGet(get: Fields): void {
  setDefault(get, 'path', '/')
  setDefault(get, 'scheme', 'HTTP')
}

const volumeSources: readonly string[] = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'gitRepo',
  'glusterfs',
  'hostPath',
  'image',
  'iscsi',
  'nfs',
  'persistentVolumeClaim',
  'photonPersistentDisk',
  'portworxVolume',
  'projected',
  'quobyte',
  'rbd',
  'scaleIO',
  'secret',
  'storageos',
  'vsphereVolume',
]

export function volumeSourceOf(volume: { readonly [key: string]: unknown }): string | undefined {
  return volumeSources.find((source) => volume[source] !== undefined)
}

function defaultVolume(volume: Fields): void {
  if (volumeSourceOf(volume) === undefined) volume['emptyDir'] = {}
  const mode = (source: string): void => {
    const fields = child(volume, source)
    if (fields !== undefined) setMissing(fields, 'defaultMode', 420)
  }
  mode('secret')
  mode('configMap')
  mode('downwardAPI')
  mode('projected')
  const hostPath = child(volume, 'hostPath')
  if (hostPath !== undefined) setMissing(hostPath, 'type', '')
  const iscsi = child(volume, 'iscsi')
  if (iscsi !== undefined) setDefault(iscsi, 'iscsiInterface', 'default')
  const downward = child(volume, 'downwardAPI')
  if (downward !== undefined) defaultDownwardItems(downward)
  const projected = child(volume, 'projected')
  if (projected !== undefined) {
    for (const source of items(projected, 'sources')) {
      const token = child(source, 'serviceAccountToken')
      if (token !== undefined) setMissing(token, 'expirationSeconds', 3600)
      const part = child(source, 'downwardAPI')
      if (part !== undefined) defaultDownwardItems(part)
    }
  }
  const ephemeral = child(volume, 'ephemeral')
  const template = ephemeral === undefined ? undefined : child(ephemeral, 'volumeClaimTemplate')
  const claim = template === undefined ? undefined : child(template, 'spec')
  if (claim !== undefined) setDefault(claim, 'volumeMode', 'Filesystem')
}

function defaultDownwardItems(parent: Fields): void {
  for (const item of items(parent, 'items')) {
    const field = child(item, 'fieldRef')
    if (field !== undefined) setDefault(field, 'apiVersion', 'v1')
  }
}

/** Labels of a template become the selector of kinds that default it. */
export function templateLabels(spec: Fields): { [key: string]: unknown } | undefined {
  const template = child(spec, 'template')
  const metadata = template === undefined ? undefined : child(template, 'metadata')
  const labels = metadata === undefined ? undefined : child(metadata, 'labels')
  return labels === undefined || isEmpty(Object.keys(labels)) ? undefined : { ...labels }
}

/** Defaults of `spec.template.spec`, which is there even when nobody has written it. */
export function defaultTemplate(spec: Fields): void {
  defaultPodSpec(ensure(ensure(spec, 'template'), 'spec'))
}
