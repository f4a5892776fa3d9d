import { Deployments } from '@kairship/api/builtin'
import { ClusterOverridePolicies, OverridePolicies } from '@kairship/api/karmada'
import type { OverrideSpec } from '@kairship/api/karmada'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createDeployment,
  createNamespace,
  createPolicy,
  deployment,
  inMember,
  policy,
  quiet,
  worksOf,
} from './objects.ts'
import { createWorld, eventually } from './world.ts'
import type { World } from './world.ts'

const registry = (value: string) => ({
  imageOverrider: [{ component: 'Registry' as const, operator: 'replace' as const, value }],
})
const provider = (...values: string[]) => ({
  fieldSelector: { matchExpressions: [{ key: 'provider', operator: 'In' as const, values }] },
})

describe('overrides', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({
      simulate: false,
      members: [
        { name: 'member1', provider: 'aliyun', region: 'cn' },
        { name: 'member2', provider: 'aws', region: 'eu', labels: { tier: 'gold' } },
      ],
    })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const override = (namespace: string | undefined, name: string, spec: OverrideSpec) =>
    world.client.of(namespace === undefined ? ClusterOverridePolicies : OverridePolicies, namespace).create({
      apiVersion: 'policy.karmada.io/v1alpha1',
      kind: namespace === undefined ? 'ClusterOverridePolicy' : 'OverridePolicy',
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
      spec,
    })
  const imageIn = async (member: string, namespace: string, name: string) =>
    (await inMember(world, member, namespace, name)).spec?.template.spec?.containers[0]?.image

  it('changes the image registry for the members of one provider', async () => {
    await createNamespace(world, 'images')
    await override('images', 'mirror', {
      overrideRules: [{ targetCluster: provider('aliyun'), overriders: registry('mirror.cn') }],
    })
    await createPolicy(world, policy('images', 'p'))
    await createDeployment(world, deployment('images', 'a'))
    await eventually(async () => {
      expect(await imageIn('member1', 'images', 'a')).toBe('mirror.cn/library/nginx:1.27')
      expect(await imageIn('member2', 'images', 'a')).toBe('docker.io/library/nginx:1.27')
    })
    const works = await worksOf(world, 'images', 'a')
    const applied = works.map(({ metadata }) => metadata.annotations?.['policy.karmada.io/applied-overrides'])
    expect(applied.filter((text) => text !== undefined)).toEqual([
      JSON.stringify([{ policyName: 'mirror', overriders: registry('mirror.cn') }]),
    ])
    expect((await world.client.of(Deployments, 'images').get('a')).spec?.template.spec?.containers[0]?.image).toBe(
      'docker.io/library/nginx:1.27',
    )
  })

  it('follows an override policy that is changed or deleted', async () => {
    const policies = world.client.of(OverridePolicies, 'images')
    await policies.patch('mirror', 'merge', {
      spec: { overrideRules: [{ targetCluster: provider('aws'), overriders: registry('mirror.eu') }] },
    })
    await eventually(async () => {
      expect(await imageIn('member1', 'images', 'a')).toBe('docker.io/library/nginx:1.27')
      expect(await imageIn('member2', 'images', 'a')).toBe('mirror.eu/library/nginx:1.27')
    })
    await policies.delete('mirror')
    await eventually(async () => expect(await imageIn('member2', 'images', 'a')).toBe('docker.io/library/nginx:1.27'))
    const works = await worksOf(world, 'images', 'a')
    expect(works.map(({ metadata }) => metadata.annotations?.['policy.karmada.io/applied-overrides'])).toEqual([
      undefined,
      undefined,
    ])
  })

  it('adds up: cluster policies first, the most precise last, so that it wins (T-15)', async () => {
    await createNamespace(world, 'order')
    const add = (value: { [key: string]: string }) => ({ labelsOverrider: [{ operator: 'add' as const, value }] })
    const kind = { apiVersion: 'apps/v1', kind: 'Deployment' }
    const rule = (value: { [key: string]: string }) => [{ overriders: add(value) }]
    await override(undefined, 'order-wide', {
      resourceSelectors: [{ ...kind, namespace: 'order', name: 'a' }],
      overrideRules: rule({ who: 'cluster', wide: 'yes' }),
    })
    await override('order', 'a-named', {
      resourceSelectors: [{ ...kind, name: 'a' }],
      overrideRules: rule({ who: 'named' }),
    })
    await override('order', 'b-kind', { resourceSelectors: [kind], overrideRules: rule({ who: 'kind', kind: 'yes' }) })
    await createPolicy(world, policy('order', 'p'))
    await createDeployment(world, deployment('order', 'a'))
    await eventually(async () =>
      expect((await inMember(world, 'member1', 'order', 'a')).metadata.labels).toMatchObject({
        who: 'named',
        wide: 'yes',
        kind: 'yes',
      }),
    )
  })

  it('lets a plaintext override have the last word about replicas (T-10), and leaves pod templates to themselves (T-16)', async () => {
    await createNamespace(world, 'plain')
    await override('plain', 'o', {
      overrideRules: [
        {
          targetCluster: { labelSelector: { matchLabels: { tier: 'gold' } } },
          overriders: {
            plaintext: [{ path: '/spec/replicas', operator: 'replace', value: 1 }],
            labelsOverrider: [{ operator: 'add', value: { tier: 'gold' } }],
            commandOverrider: [{ containerName: 'main', operator: 'add', value: ['/bin/app', '--fast'] }],
          },
        },
      ],
    })
    await createPolicy(world, policy('plain', 'p'))
    await createDeployment(world, deployment('plain', 'a', { replicas: 5 }))
    await eventually(async () => {
      expect((await inMember(world, 'member1', 'plain', 'a')).spec?.replicas).toBe(5)
      const { metadata, spec } = await inMember(world, 'member2', 'plain', 'a')
      expect(spec?.replicas).toBe(1)
      expect(metadata.labels).toMatchObject({ tier: 'gold' })
      expect(spec?.template.metadata?.labels).toEqual({ app: 'a' })
      expect(spec?.template.spec?.containers[0]?.command).toEqual(['/bin/app', '--fast'])
    })
  })

  it('keeps a member whose override fails as it is, and does not hold up the others', async () => {
    await createNamespace(world, 'failing')
    await override('failing', 'o', {
      overrideRules: [
        {
          targetCluster: { clusterNames: ['member1'] },
          overriders: { plaintext: [{ path: '/spec/nothing/here', operator: 'replace', value: 1 }] },
        },
      ],
    })
    await createPolicy(world, policy('failing', 'p'))
    await createDeployment(world, deployment('failing', 'a'))
    await eventually(() => inMember(world, 'member2', 'failing', 'a'))
    await quiet(200)
    expect(await world.member('member1').client.of(Deployments, 'failing').find('a')).toBeUndefined()
    await world.client.of(OverridePolicies, 'failing').delete('o')
    await eventually(() => inMember(world, 'member1', 'failing', 'a'))
  })
})
