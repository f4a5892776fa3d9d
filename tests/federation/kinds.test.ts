import { resourceRef } from '@kairship/apimachinery'
import type { ObjectMeta } from '@kairship/apimachinery'
import { CustomResourceDefinitions } from '@kairship/api/builtin'
import type { CustomResourceDefinition } from '@kairship/api/builtin'
import { ClusterPropagationPolicies, ResourceBindings } from '@kairship/api/karmada'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNamespace, createPolicy, policy, quiet } from './objects.ts'
import { createWorld, eventually, gone } from './world.ts'
import type { World } from './world.ts'

type Widget = { apiVersion: string; kind: string; metadata: ObjectMeta; spec?: { size?: number } }
const Widgets = resourceRef<Widget>({
  group: 'example.io',
  version: 'v1',
  resource: 'widgets',
  kind: 'Widget',
  namespaced: true,
})
const widget = (name: string): Widget => ({
  apiVersion: 'example.io/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'ns' },
  spec: { size: 1 },
})
const crd = (): CustomResourceDefinition => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.io' },
  spec: {
    group: 'example.io',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
          },
        },
      },
    ],
  },
})

describe('kinds that come and go', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ simulate: false, members: [{ name: 'member1' }, { name: 'member2' }] })
    await createNamespace(world, 'ns')
    await createPolicy(
      world,
      policy('ns', 'widgets', { resourceSelectors: [{ apiVersion: 'example.io/v1', kind: 'Widget' }] }),
    )
  })
  afterAll(() => world[Symbol.asyncDispose]())
  const inMember = (member: string) => world.member(member).client.of(Widgets, 'ns')

  it('waits until a member serves the kind, without anybody touching the template', async () => {
    await world.client.of(CustomResourceDefinitions).create(crd())
    await eventually(() => world.client.of(Widgets, 'ns').create(widget('a')))
    await eventually(async () => {
      const { status } = await world.client.of(ResourceBindings, 'ns').get('a-widget')
      expect(status?.conditions).toContainEqual(
        expect.objectContaining({
          type: 'Scheduled',
          reason: 'NoClusterFit',
          message: '0/2 clusters are available: 2 cluster(s) did not have the API resource.',
        }),
      )
    })
    await world.member('member1').client.of(CustomResourceDefinitions).create(crd())
    await eventually(async () => expect((await inMember('member1').get('a')).spec).toEqual({ size: 1 }))
    await quiet(300)
    const { spec } = await world.client.of(ResourceBindings, 'ns').get('a-widget')
    expect(spec.clusters).toEqual([{ name: 'member1' }])
  })

  it('brings the definition itself where a policy says so, and then what it defines', async () => {
    await world.client.of(ClusterPropagationPolicies).create(
      policy(undefined, 'definitions', {
        resourceSelectors: [
          { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'widgets.example.io' },
        ],
        placement: { clusterAffinity: { clusterNames: ['member2'] } },
      }),
    )
    await eventually(async () => expect((await inMember('member2').get('a')).spec).toEqual({ size: 1 }))
  })

  it('removes copies also when the kind itself is removed from the control plane', async () => {
    await world.client.of(ClusterPropagationPolicies).delete('definitions')
    await gone(world.client, ClusterPropagationPolicies, 'definitions')
    await world.client.of(CustomResourceDefinitions).delete('widgets.example.io')
    await gone(world.client, CustomResourceDefinitions, 'widgets.example.io')
    await gone(world.client, ResourceBindings, 'a-widget', 'ns')
    await gone(world.member('member1').client, Widgets, 'a', 'ns')
    // The member's own definition is none of ours.
    expect(await world.member('member1').client.of(CustomResourceDefinitions).find('widgets.example.io')).toBeDefined()
  })
})
