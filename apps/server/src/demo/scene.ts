import type { ManagedClusterSpec } from '@kairship/api/kairship'

/** What the demo consists of; the guestbook's policies name the first three members. */
export const demoInstance = 'demo'

export interface DemoMember {
  readonly name: string
  readonly spec: ManagedClusterSpec
}

export const demoMembers: readonly DemoMember[] = [
  {
    name: 'aws-virginia',
    spec: {
      displayName: 'AWS Virginia',
      provider: 'aws',
      region: 'us-east-1',
      zones: ['us-east-1a', 'us-east-1b'],
      simulation: { kubernetesVersion: '1.35', nodes: 4, nodeCpu: '8', nodeMemory: '32Gi', podStartMilliseconds: 300 },
    },
  },
  {
    name: 'azure-frankfurt',
    spec: {
      displayName: 'Azure Frankfurt',
      provider: 'azure',
      region: 'germanywestcentral',
      zones: ['germanywestcentral-1'],
      simulation: { kubernetesVersion: '1.33', nodes: 3, nodeCpu: '16', nodeMemory: '64Gi', podStartMilliseconds: 500 },
    },
  },
  {
    name: 'gcp-tokyo',
    spec: {
      displayName: 'Google Cloud Tokyo',
      provider: 'gcp',
      region: 'asia-northeast1',
      zones: ['asia-northeast1-a', 'asia-northeast1-b'],
      simulation: { kubernetesVersion: '1.34', nodes: 3, nodeCpu: '8', nodeMemory: '32Gi', podStartMilliseconds: 400 },
    },
  },
  {
    name: 'aws-virginia-old',
    spec: {
      displayName: 'AWS Virginia, an old cluster',
      provider: 'aws',
      region: 'us-east-1',
      zones: ['us-east-1c'],
      simulation: { kubernetesVersion: '1.21', nodes: 2, nodeCpu: '4', nodeMemory: '16Gi', podStartMilliseconds: 800 },
    },
  },
]
