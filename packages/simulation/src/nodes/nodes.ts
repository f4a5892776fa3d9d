import type { Lease, Node, NodeCondition } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { deepEqual, formatMicroTime, isReason } from '@kairship/apimachinery'
import type { Runnable } from '@kairship/runtime'
import { Leases, Nodes } from '@kairship/api/builtin'
import type { ResolvedProfile } from '../profile.ts'
import type { World } from '../world/world.ts'
import { problemText } from '../world/errors.ts'
import { octetOf } from './addresses.ts'

/** Real kubelets say so every 10 s; nobody here declares a node dead, so a sign of life now and then is enough. */
const heartbeatMs = 60_000

/** Registers the cluster's nodes and keeps their leases fresh. */
export function nodeKeeper(world: World): Runnable {
  return {
    name: 'nodes',
    async run(signal) {
      const { profile, clock, random, log } = world
      const names = Array.from({ length: profile.nodes }, (_, index) => nodeName(profile, index))
      const retry = async (what: () => Promise<unknown>): Promise<void> => {
        for (let waitMs = 100; !signal.aborted; waitMs = Math.min(waitMs * 2, 10_000)) {
          try {
            await what()
            return
          } catch (error) {
            if (signal.aborted) return
            log.info('a node could not be registered, will retry', {
              problem: problemText(error),
            })
            await clock.sleep(waitMs, signal).catch(() => undefined)
          }
        }
      }
      await Promise.all(names.map((name, index) => retry(() => register(world, name, index))))
      while (!signal.aborted) {
        await Promise.all(names.map((name) => retry(() => renew(world, name))))
        await clock.sleep(heartbeatMs * (0.9 + 0.2 * random.next()), signal).catch(() => undefined)
      }
    },
  }
}

export function nodeName(profile: ResolvedProfile, index: number): string {
  return `${profile.name}-node-${index + 1}`
}

async function register(world: World, name: string, index: number): Promise<void> {
  const nodes = world.client.of(Nodes)
  const wanted = describeNode(world, name, index)
  let node = await nodes.find(name)
  if (node === undefined) node = await nodes.create({ ...wanted, status: {} })
  const labels = { ...node.metadata.labels, ...wanted.metadata.labels }
  if (!deepEqual(labels, node.metadata.labels)) {
    node = await nodes.update({ ...node, metadata: { ...node.metadata, labels } })
  }
  const same =
    deepEqual(node.status?.capacity, wanted.status?.capacity) &&
    deepEqual(node.status?.nodeInfo, wanted.status?.nodeInfo) &&
    node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  if (!same) await nodes.updateStatus({ ...node, status: { ...node.status, ...wanted.status } })
}

async function renew(world: World, name: string): Promise<void> {
  const leases = world.client.of(Leases, 'kube-node-lease')
  const renewTime = formatMicroTime(world.clock.now())
  const lease = await leases.find(name)
  try {
    if (lease === undefined) await leases.create(newLease(world, name, renewTime))
    else await leases.update({ ...lease, spec: { ...lease.spec, renewTime } })
  } catch (error) {
    // The namespace of node leases may not exist (yet): the lease is a courtesy.
    if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error
  }
}

function newLease(world: World, name: string, renewTime: string): Lease {
  const node = world.nodes.cache.get(name)
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace: 'kube-node-lease',
      ...(node?.metadata.uid === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid }] }),
    },
    spec: { holderIdentity: name, leaseDurationSeconds: 200, renewTime },
  }
}

function describeNode(world: World, name: string, index: number): Node {
  const { profile } = world
  const zone = profile.zones[index % profile.zones.length] ?? ''
  const instanceType = `sim.${profile.nodeCpu}x${profile.nodeMemory}`.toLowerCase()
  const octet = octetOf(profile.name)
  const capacity = {
    cpu: profile.nodeCpu,
    memory: profile.nodeMemory,
    pods: String(profile.nodePods),
    'ephemeral-storage': '100Gi',
  }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': instanceType,
        'topology.kubernetes.io/region': profile.region,
        'topology.kubernetes.io/zone': zone,
      },
    },
    spec: {
      providerID: `${profile.provider}:///${zone}/${name}`,
      podCIDR: `10.${octet}.${index % 256}.0/24`,
      podCIDRs: [`10.${octet}.${index % 256}.0/24`],
    },
    status: {
      capacity,
      allocatable: capacity,
      conditions: conditions(world.time()),
      addresses: [
        { type: 'InternalIP', address: nodeAddress(profile, index) },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: '',
        systemUUID: '',
        bootID: '',
        kernelVersion: '6.12.0',
        osImage: 'Kairship simulated node',
        containerRuntimeVersion: 'containerd://2.1.0',
        kubeletVersion: profile.kubernetesVersion,
        kubeProxyVersion: '',
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
    },
  }
}

function nodeAddress(profile: ResolvedProfile, index: number): string {
  return `172.${(octetOf(profile.name) % 16) + 16}.${(index >> 8) & 255}.${(index & 255) + 1}`
}

function conditions(time: string): NodeCondition[] {
  const condition = (type: string, status: string, reason: string, message: string): NodeCondition => ({
    type,
    status,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
    reason,
    message,
  })
  return [
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
  ]
}

export function addressOf(node: DeepReadonly<Node> | undefined): string {
  return node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? ''
}
