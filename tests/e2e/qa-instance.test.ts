import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Kairship, kubectlOk, startKairship } from '../support/kairship.ts'
import { eventually } from '../support/process.ts'

const policy = (name: string, kind: string, resource: string): string => `apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: ${name}, namespace: shop}
spec:
  resourceSelectors: [{apiVersion: ${kind.includes('/') ? kind.split('/').slice(0, 2).join('/') : 'v1'}, kind: ${kind.split('/').at(-1)}, name: ${resource}}]
  placement: {clusterAffinity: {clusterNames: [gcp-tokyo]}}
`

describe('an instance, as a newcomer meets it', () => {
  let kairship: Kairship
  let instance: string
  let tokyo: string
  const ok = (...parameters: string[]): Promise<string> => kubectlOk(instance, parameters)
  const apply = (input: string): Promise<string> => kubectlOk(instance, ['apply', '-f', '-'], input)

  beforeAll(async () => {
    kairship = await startKairship({ demo: true })
    instance = kairship.kubeconfig('instances/demo')
    tokyo = kairship.kubeconfig('clusters/gcp-tokyo')
    await eventually(() => ok('wait', 'cluster', '--all', '--for=condition=Ready', '--timeout=5s'))
    await ok('create', 'namespace', 'shop')
    await eventually(() => kubectlOk(tokyo, ['get', 'namespace', 'shop']))
  })
  afterAll(() => kairship[Symbol.asyncDispose]())

  it('answers where tools drop the path of its address', async () => {
    expect(await ok('get', '--raw', '/apis')).toContain('policy.karmada.io')
    expect(await ok('get', '--raw', '/readyz')).toBe('ok')
    const version = JSON.parse(await kubectlOk(tokyo, ['get', '--raw', '/version']))
    expect(version.gitVersion).toMatch(/^v1\.34\./)
  })

  it('waits for templates as for workloads of one cluster', async () => {
    await ok('wait', 'deployment', '--all', '-n', 'guestbook', '--for=condition=Available', '--timeout=20s')
    await ok('set', 'image', 'deployment/web', 'web=nginx:2', '-n', 'guestbook')
    expect(await ok('rollout', 'status', 'deployment/web', '-n', 'guestbook', '--timeout=20s')).toContain('rolled out')
    const images = await kubectlOk(tokyo, ['get', 'deployment', 'web', '-n', 'guestbook', '-o', 'jsonpath={..image}'])
    expect(images).toBe('nginx:2')
  })

  it('takes a changed policy by kubectl apply', async () => {
    await ok('create', 'configmap', 'one', '-n', 'shop')
    await ok('create', 'configmap', 'two', '-n', 'shop')
    await apply(policy('maps', 'ConfigMap', 'one'))
    await eventually(() => kubectlOk(tokyo, ['get', 'configmap', 'one', '-n', 'shop']))
    expect(await apply(policy('maps', 'ConfigMap', 'two'))).toContain('configured')
    await eventually(() => kubectlOk(tokyo, ['get', 'configmap', 'two', '-n', 'shop']))
  })

  it('propagates claims and pods whose members fill in what they leave open', async () => {
    await apply(policy('claims', 'PersistentVolumeClaim', 'disk') + '---\n' + policy('pods', 'Pod', 'one'))
    await apply(`apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: disk, namespace: shop}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: one, namespace: shop}
spec: {containers: [{name: main, image: "nginx:1"}]}
`)
    await eventually(async () => {
      expect(await ok('get', 'pvc', 'disk', '-n', 'shop', '-o', 'jsonpath={.status.phase}')).toBe('Bound')
      expect(await ok('get', 'pod', 'one', '-n', 'shop', '--no-headers')).toMatch(/^one +1\/1 +Running +0 /)
    })
    const applied = 'jsonpath={.status.conditions[?(@.type=="FullyApplied")].status}'
    await ok('annotate', 'pvc', 'disk', 'note=changed', '-n', 'shop')
    await eventually(async () => {
      const note = ['get', 'pvc', 'disk', '-n', 'shop', '-o', 'jsonpath={.metadata.annotations.note}']
      expect(await kubectlOk(tokyo, note)).toBe('changed')
      expect(await ok('get', 'rb', 'disk-persistentvolumeclaim', '-n', 'shop', '-o', applied)).toBe('True')
    })
  })

  it('says what somebody else has put there first, and bothers nobody on the terminal with it', async () => {
    await kubectlOk(tokyo, ['create', 'configmap', 'theirs', '-n', 'shop', '--from-literal=owner=member'])
    await ok('create', 'configmap', 'theirs', '-n', 'shop')
    await apply(policy('theirs', 'ConfigMap', 'theirs'))
    await eventually(async () => {
      const message = 'jsonpath={.status.aggregatedStatus[0].appliedMessage}'
      const told = await ok('get', 'rb', 'theirs-configmap', '-n', 'shop', '-o', message)
      expect(told).toContain('is not managed by Karmada; set conflictResolution to Overwrite')
    })
    expect(kairship.output()).not.toMatch(/^\s+at /m)
    expect(kairship.output()).not.toMatch(/ (warn|error) /)
    expect(await readFile(join(kairship.data, 'log/kairship.log'), 'utf8')).toContain('instance started')
  })
})
