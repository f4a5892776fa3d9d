import type { Pod, PodSpec, PodTemplateSpec } from '@kairship/api/builtin'
import type { DeepReadonly, OwnerReference } from '@kairship/apimachinery'
import { isReason, randomSuffix } from '@kairship/apimachinery'
import { Pods } from '@kairship/api/builtin'
import type { World } from '../world/world.ts'

export interface PodBlueprint {
  readonly namespace: string
  readonly owner: OwnerReference
  readonly template: DeepReadonly<PodTemplateSpec>
  /** A fixed name, or a prefix to which five random characters are added. */
  readonly name: string | { readonly prefix: string }
  readonly labels?: { readonly [key: string]: string }
  readonly annotations?: { readonly [key: string]: string }
  /** Changes to the template's spec; the node is found by the scheduler unless set here. */
  readonly spec?: DeepReadonly<Partial<PodSpec>>
}

/**
 * Creates a pod with its node already chosen: one write where a real cluster needs two. A pod that fits nowhere is
 * created without a node, and the pod lifecycle goes on trying. Returns undefined when the name is taken.
 */
export async function createPod(world: World, blueprint: PodBlueprint): Promise<DeepReadonly<Pod> | undefined> {
  const { namespace, owner, template } = blueprint
  const name = podName(world, blueprint.name)
  const key = `${namespace}/${name}`
  const spec: DeepReadonly<PodSpec> = { containers: [], ...template.spec, ...blueprint.spec }
  const placed = spec.nodeName ?? world.placer.place(key, spec)
  const pod: DeepReadonly<Pod> = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      ...(typeof blueprint.name === 'string' ? {} : { generateName: blueprint.name.prefix }),
      namespace,
      labels: { ...template.metadata?.labels, ...blueprint.labels },
      ...(template.metadata?.annotations === undefined && blueprint.annotations === undefined
        ? {}
        : { annotations: { ...template.metadata?.annotations, ...blueprint.annotations } }),
      ownerReferences: [owner],
    },
    spec: typeof placed === 'string' ? { ...spec, nodeName: placed } : spec,
  }
  world.lull.note()
  world.expected.expect(owner.uid, name)
  try {
    return await world.client.of(Pods, namespace).create(pod)
  } catch (error) {
    world.expected.giveUp(owner.uid, name)
    world.placer.release(key)
    if (isReason(error, 'AlreadyExists')) return undefined
    throw error
  }
}

function podName(world: World, name: PodBlueprint['name']): string {
  if (typeof name === 'string') return name
  return name.prefix.slice(0, 58) + randomSuffix(5, () => world.random.next())
}
