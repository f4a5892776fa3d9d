import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixtures, type Kairship, kubectlOk, startKairship } from '../support/kairship.ts'
import { eventually } from '../support/process.ts'
import { deploymentsIn, distinctRegions, itemsOf, type Member, membersOf } from '../support/objects.ts'

const manifest = join(fixtures, 'apps/online-boutique.yaml')

describe.skipIf(!existsSync(manifest))('online boutique (the manifests beside the repository)', () => {
  let kairship: Kairship
  let instance: string
  let three: readonly Member[]

  beforeAll(async () => {
    kairship = await startKairship({ demo: true })
    instance = kairship.kubeconfig('instances/demo')
    three = distinctRegions(await eventually(() => membersOf(instance, 4)), 3)
  })
  afterAll(async () => {
    await kairship[Symbol.asyncDispose]()
  })

  const policy = (): string => {
    const [first, second, third] = three.map((member) => member.name)
    const provider = three[2]?.provider
    return `
apiVersion: policy.karmada.io/v1alpha1
kind: ClusterPropagationPolicy
metadata: { name: boutique }
spec:
  resourceSelectors:
    - { apiVersion: v1, kind: Service, namespace: default }
    - { apiVersion: v1, kind: ServiceAccount, namespace: default }
  placement:
    clusterAffinity: { clusterNames: [${first}, ${second}, ${third}] }
---
apiVersion: policy.karmada.io/v1alpha1
kind: ClusterPropagationPolicy
metadata: { name: boutique-deployments }
spec:
  resourceSelectors:
    - { apiVersion: apps/v1, kind: Deployment, namespace: default }
  placement:
    clusterAffinity: { clusterNames: [${first}, ${second}, ${third}] }
    replicaScheduling:
      replicaSchedulingType: Divided
      replicaDivisionPreference: Weighted
      weightPreference:
        staticWeightList:
          - { targetCluster: { clusterNames: [${first}] }, weight: 2 }
          - { targetCluster: { clusterNames: [${second}] }, weight: 1 }
          - { targetCluster: { clusterNames: [${third}] }, weight: 1 }
---
apiVersion: policy.karmada.io/v1alpha1
kind: OverridePolicy
metadata: { name: mirror, namespace: default }
spec:
  resourceSelectors: [{ apiVersion: apps/v1, kind: Deployment }]
  overrideRules:
    - targetCluster:
        fieldSelector: { matchExpressions: [{ key: provider, operator: In, values: [${provider}] }] }
      overriders:
        imageOverrider: [{ component: Registry, operator: replace, value: mirror.example }]
`
  }

  it('runs divided 2:1:1 over three regions with the image of one provider replaced, and its status comes back', async () => {
    await kubectlOk(instance, ['apply', '-f', '-'], policy())
    const applied = await kubectlOk(instance, ['apply', '-f', manifest])
    const names = [...applied.matchAll(/^deployment\.apps\/(\S+) created$/gm)].map((match) => match[1] ?? '')
    expect(names.length).toBeGreaterThanOrEqual(11)
    const ready = async (replicas: number): Promise<void> => {
      const deployments = await deploymentsIn(instance, 'default')
      expect(deployments.map((item) => `${item.name} ${item.ready}`).toSorted()).toEqual(
        names.map((name) => `${name} ${replicas}`).toSorted(),
      )
    }
    await eventually(() => ready(1))
    // Four replicas each, so that every member gets a share.
    await kubectlOk(instance, ['scale', 'deployment', '--all', '--replicas', '4'])
    await eventually(() => ready(4))
    await kubectlOk(instance, ['wait', '--for=condition=Available', 'deployment', '--all', '--timeout=10s'])
    await kubectlOk(instance, ['rollout', 'status', 'deployment/frontend', '--timeout=10s'])

    for (const [index, member] of three.entries()) {
      const there = await deploymentsIn(kairship.kubeconfig(`clusters/${member.name}`), 'default')
      expect(there.map((item) => item.name).toSorted()).toEqual(names.toSorted())
      for (const deployment of there) {
        expect([member.name, deployment.name, deployment.replicas, deployment.ready]).toEqual([
          member.name,
          deployment.name,
          index === 0 ? 2 : 1,
          index === 0 ? 2 : 1,
        ])
        for (const image of deployment.images) {
          expect(image.startsWith('mirror.example/')).toBe(member.provider === three[2]?.provider)
        }
      }
    }
    const others = (await membersOf(instance, 4)).filter((member) => !three.some((used) => used.name === member.name))
    for (const member of others) {
      expect(await deploymentsIn(kairship.kubeconfig(`clusters/${member.name}`), 'default')).toEqual([])
    }
  })

  it('disappears everywhere when it is deleted, and leaves nothing behind', async () => {
    await kubectlOk(instance, ['delete', '-f', manifest, '--wait=false'])
    await eventually(async () => {
      for (const member of three) {
        const kubeconfig = kairship.kubeconfig(`clusters/${member.name}`)
        expect(await deploymentsIn(kubeconfig, 'default')).toEqual([])
        const left = await itemsOf(kubeconfig, 'pods,replicasets,services,endpointslices', 'default')
        expect(left.map((item) => item.metadata.name).filter((name) => name !== 'kubernetes')).toEqual([])
      }
      expect(await itemsOf(instance, 'resourcebindings', 'default')).toEqual([])
      const works = (await itemsOf(instance, 'works')).map((work) => work.metadata.annotations ?? {})
      expect(works.filter((annotations) => annotations['resourcebinding.karmada.io/namespace'] === 'default')).toEqual(
        [],
      )
    }, 20_000)
  })
})
