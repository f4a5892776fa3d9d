import type { JsonObject, Unstructured } from '@kairship/apimachinery'
import { describe, expect, it } from 'vitest'
import { layered } from '../interpretations.ts'
import type { InterpreterOperation, Interpretations } from '../interpretations.ts'
import { nativeLayer } from './layer.ts'

const native = layered([nativeLayer()])
const signal = new AbortController().signal

function ask<Op extends InterpreterOperation>(object: Unstructured, operation: Op, input: Interpretations[Op]['in']) {
  const [group = '', version = ''] = (object.apiVersion ?? '').includes('/')
    ? (object.apiVersion ?? '').split('/')
    : ['', object.apiVersion ?? '']
  return native.interpret({ group, version, kind: object.kind ?? '' }, operation, input, signal)
}

interface Parts {
  readonly spec?: JsonObject
  readonly status?: JsonObject
  readonly generation?: number
  readonly labels?: { [key: string]: string }
  readonly annotations?: { [key: string]: string }
  readonly more?: JsonObject
}
function object(apiVersion: string, kind: string, parts: Parts = {}): Unstructured {
  const { spec, status, generation, labels, annotations, more } = parts
  return {
    apiVersion,
    kind,
    metadata: {
      name: 'a',
      namespace: 'ns',
      ...(generation === undefined ? {} : { generation }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    ...(spec === undefined ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
    ...more,
  }
}
const deployment = (parts: Parts = {}) => object('apps/v1', 'Deployment', parts)

describe('replicas', () => {
  const container = (cpu: string) => ({ name: 'c', resources: { requests: { cpu }, limits: { memory: '1Gi' } } })

  it('counts replicas and what one needs: requests, limits without request, the largest init container, overhead', () => {
    const spec = {
      replicas: 3,
      template: {
        spec: {
          initContainers: [container('700m')],
          containers: [container('100m'), container('500m')],
          overhead: { cpu: '50m' },
          nodeSelector: { disk: 'ssd' },
          tolerations: [{ key: 'a', operator: 'Exists' }],
        },
      },
    }
    const template = deployment({ spec })
    expect(ask(template, 'getReplicas', { object: template })).toEqual({
      replicas: 3,
      requirements: {
        nodeClaim: { nodeSelector: { disk: 'ssd' }, tolerations: [{ key: 'a', operator: 'Exists' }] },
        resourceRequest: { cpu: '750m', memory: '2Gi' },
      },
    })
  })

  it('has no requirements when a pod asks for nothing', () => {
    const template = deployment({ spec: { template: { spec: { containers: [{ name: 'c' }] } } } })
    expect(ask(template, 'getReplicas', { object: template })).toEqual({ replicas: 0 })
  })

  it.each([
    [{ parallelism: 5, completions: 3 }, 3],
    [{ parallelism: 2, completions: 3 }, 2],
    [{ parallelism: 4 }, 4],
    [{ completions: 4 }, 0],
  ])('takes the smaller of parallelism and completions of a Job: %o', (spec, replicas) => {
    const template = object('batch/v1', 'Job', { spec })
    expect(ask(template, 'getReplicas', { object: template })).toEqual({ replicas })
  })

  it('treats CronJobs and DaemonSets as things without replicas', () => {
    expect(native.supports({ group: 'batch', version: 'v1', kind: 'CronJob' }, 'getReplicas')).toBe(false)
    expect(native.supports({ group: 'apps', version: 'v1', kind: 'DaemonSet' }, 'getReplicas')).toBe(false)
  })

  it('revises only a field that is there', () => {
    const template = deployment({ spec: { replicas: 3 } })
    expect(ask(template, 'reviseReplica', { object: template, replicas: 1 })).toMatchObject({ spec: { replicas: 1 } })
    const without = deployment({ spec: {} })
    expect(ask(without, 'reviseReplica', { object: without, replicas: 1 })).toBe(without)
    const job = object('batch/v1', 'Job', { spec: { parallelism: 4, completions: 8 } })
    expect(ask(job, 'reviseReplica', { object: job, replicas: 1 })).toMatchObject({
      spec: { parallelism: 1, completions: 8 },
    })
  })
})

describe('retaining what the member decided', () => {
  const retain = (desired: Unstructured, observed: Unstructured) => ask(desired, 'retain', { desired, observed })

  it.each<[string, Unstructured, Unstructured, object]>([
    [
      'addresses of a Service',
      object('v1', 'Service', { spec: { ports: [] } }),
      object('v1', 'Service', { spec: { clusterIP: '10.0.0.1', healthCheckNodePort: 30000, ports: [1] } }),
      { spec: { ports: [], clusterIP: '10.0.0.1', healthCheckNodePort: 30000 } },
    ],
    [
      'the volume of a claim',
      object('v1', 'PersistentVolumeClaim', { spec: {} }),
      object('v1', 'PersistentVolumeClaim', { spec: { volumeName: 'pv' } }),
      { spec: { volumeName: 'pv' } },
    ],
    [
      'the class that the member gave to a claim',
      object('v1', 'PersistentVolumeClaim', { spec: {} }),
      object('v1', 'PersistentVolumeClaim', { spec: { storageClassName: 'standard' } }),
      { spec: { storageClassName: 'standard' } },
    ],
    [
      'no class where the template states one',
      object('v1', 'PersistentVolumeClaim', { spec: { storageClassName: 'fast' } }),
      object('v1', 'PersistentVolumeClaim', { spec: { storageClassName: 'standard' } }),
      { spec: { storageClassName: 'fast' } },
    ],
    [
      'the claim of a volume',
      object('v1', 'PersistentVolume', { spec: { capacity: {} } }),
      object('v1', 'PersistentVolume', { spec: { claimRef: { name: 'c' } } }),
      { spec: { capacity: {}, claimRef: { name: 'c' } } },
    ],
    [
      'the generated selector of a Job',
      object('batch/v1', 'Job', { spec: { template: { metadata: { labels: { a: 'b' } } } } }),
      object('batch/v1', 'Job', {
        spec: { selector: { matchLabels: { uid: '1' } }, template: { metadata: { labels: { uid: '1' } } } },
      }),
      { spec: { selector: { matchLabels: { uid: '1' } }, template: { metadata: { labels: { uid: '1' } } } } },
    ],
    [
      'secrets that the member gave to a ServiceAccount',
      object('v1', 'ServiceAccount', { more: { secrets: [{ name: 'ours' }] } }),
      object('v1', 'ServiceAccount', {
        more: { secrets: [{ name: 'theirs' }, { name: 'ours' }], imagePullSecrets: [{ name: 'p' }] },
      }),
      { secrets: [{ name: 'ours' }, { name: 'theirs' }], imagePullSecrets: [{ name: 'p' }] },
    ],
    [
      'the token of a service account Secret',
      object('v1', 'Secret', { more: { type: 'kubernetes.io/service-account-token' } }),
      object('v1', 'Secret', { more: { data: { token: 'x' } } }),
      { data: { token: 'x' } },
    ],
  ])('keeps %s', (_what, desired, observed, expected) => {
    expect(retain(desired, observed)).toMatchObject(expected)
  })

  it('keeps where a Pod runs and what was mounted into it', () => {
    const mount = { name: 'token', mountPath: '/t' }
    const desired = object('v1', 'Pod', { spec: { containers: [{ name: 'c', image: 'new' }] } })
    const observed = object('v1', 'Pod', {
      spec: {
        nodeName: 'n',
        volumes: [{ name: 'token' }],
        containers: [{ name: 'c', image: 'old', volumeMounts: [mount] }],
      },
    })
    expect(retain(desired, observed)).toMatchObject({
      spec: {
        nodeName: 'n',
        volumes: [{ name: 'token' }],
        containers: [{ name: 'c', image: 'new', volumeMounts: [mount] }],
      },
    })
  })

  it('keeps replicas only where the label says so', () => {
    const observed = deployment({ spec: { replicas: 7 } })
    expect(retain(deployment({ spec: { replicas: 2 } }), observed)).toMatchObject({ spec: { replicas: 2 } })
    const labels = { 'resourcetemplate.karmada.io/retain-replicas': 'true' }
    expect(retain(deployment({ spec: { replicas: 2 }, labels }), observed)).toMatchObject({ spec: { replicas: 7 } })
    expect(() => retain(deployment({ labels }), deployment({ spec: {} }))).toThrow('replicas')
  })
})

describe('reflecting status', () => {
  const annotations = { 'resourcetemplate.karmada.io/generation': '4' }
  const reflect = (of: Unstructured) => ask(of, 'reflectStatus', { object: of })

  it('adds the generations of the object and of its template, and leaves out zeros (T-17)', () => {
    const status = { replicas: 2, readyReplicas: 0, observedGeneration: 9, conditions: [{ type: 'x' }] }
    expect(reflect(deployment({ status, annotations, generation: 9 }))).toEqual({
      generation: 9,
      resourceTemplateGeneration: 4,
      replicas: 2,
      observedGeneration: 9,
    })
  })

  it('says nothing before there is a status, and fails when the template’s generation is unknown', () => {
    expect(reflect(deployment({ annotations }))).toBeUndefined()
    expect(() => reflect(deployment({ status: {} }))).toThrow('resourcetemplate.karmada.io/generation')
  })

  it('tells about load balancers only', () => {
    const status = { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] }, conditions: [] }
    expect(reflect(object('v1', 'Service', { spec: { type: 'LoadBalancer' }, status }))).toEqual({
      loadBalancer: status.loadBalancer,
    })
    expect(reflect(object('v1', 'Service', { spec: { type: 'ClusterIP' }, status }))).toBeUndefined()
  })

  it('takes the whole status of kinds that it does not know', () => {
    expect(reflect(object('example.io/v1', 'Thing', { status: { any: ['thing'] } }))).toEqual({ any: ['thing'] })
  })
})

describe('health', () => {
  const health = (of: Unstructured) => ask(of, 'interpretHealth', { object: of })

  it.each<[string, Unstructured, boolean]>([
    [
      'a rolled out Deployment',
      deployment({
        generation: 1,
        spec: { replicas: 2 },
        status: { observedGeneration: 1, updatedReplicas: 2, availableReplicas: 2 },
      }),
      true,
    ],
    [
      'a Deployment that is not observed',
      deployment({ generation: 2, spec: { replicas: 0 }, status: { observedGeneration: 1 } }),
      false,
    ],
    [
      'a Deployment with too few updated replicas',
      deployment({
        generation: 1,
        spec: { replicas: 2 },
        status: { observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1 },
      }),
      false,
    ],
    ['a Service without load balancer', object('v1', 'Service', { spec: { type: 'ClusterIP' } }), true],
    [
      'a Service that waits for its address',
      object('v1', 'Service', { spec: { type: 'LoadBalancer' }, status: {} }),
      false,
    ],
    ['a running Pod that is not ready', object('v1', 'Pod', { status: { phase: 'Running' } }), false],
    ['a Pod that has succeeded', object('v1', 'Pod', { status: { phase: 'Succeeded' } }), true],
    ['a bound claim', object('v1', 'PersistentVolumeClaim', { status: { phase: 'Bound' } }), true],
    [
      'a budget that is kept',
      object('policy/v1', 'PodDisruptionBudget', { status: { currentHealthy: 1, desiredHealthy: 1 } }),
      true,
    ],
  ])('judges %s', (_what, of, expected) => {
    expect(health(of)).toBe(expected)
  })

  it('has no opinion about Jobs and unknown kinds', () => {
    expect(native.supports({ group: 'batch', version: 'v1', kind: 'Job' }, 'interpretHealth')).toBe(false)
    expect(native.supports({ group: 'x', version: 'v1', kind: 'Y' }, 'interpretHealth')).toBe(false)
  })
})

describe('dependencies', () => {
  it('finds everything that a pod needs from its namespace', () => {
    const template = deployment({
      spec: {
        template: {
          spec: {
            serviceAccountName: 'runner',
            imagePullSecrets: [{ name: 'pull' }],
            initContainers: [{ name: 'i', envFrom: [{ configMapRef: { name: 'from' } }] }],
            containers: [
              {
                name: 'c',
                env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'key', key: 'k', optional: true } } }],
              },
            ],
            volumes: [
              { name: '1', configMap: { name: 'files' } },
              {
                name: '2',
                projected: { sources: [{ secret: { name: 'projected' } }, { configMap: { name: 'from' } }] },
              },
              { name: '3', persistentVolumeClaim: { claimName: 'disk' } },
              { name: '4', csi: { driver: 'd', nodePublishSecretRef: { name: 'csi' } } },
              { name: '5', emptyDir: {} },
            ],
          },
        },
      },
    })
    const found = ask(template, 'getDependencies', { object: template })
    const names = (found as readonly { kind: string; name?: string }[]).map(({ kind, name }) => `${kind}/${name}`)
    expect(names).toEqual([
      'ConfigMap/files',
      'ConfigMap/from',
      'Secret/csi',
      'Secret/key',
      'Secret/projected',
      'Secret/pull',
      'ServiceAccount/runner',
      'PersistentVolumeClaim/disk',
    ])
  })

  it('leaves out the default account and the claims that a StatefulSet makes itself', () => {
    const template = object('apps/v1', 'StatefulSet', {
      spec: {
        volumeClaimTemplates: [{ metadata: { name: 'data' } }],
        template: {
          spec: {
            serviceAccountName: 'default',
            volumes: [
              { name: 'a', persistentVolumeClaim: { claimName: 'data' } },
              { name: 'b', persistentVolumeClaim: { claimName: 'other' } },
            ],
          },
        },
      },
    })
    expect(ask(template, 'getDependencies', { object: template })).toEqual([
      { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'ns', name: 'other' },
    ])
  })
})

describe('layers', () => {
  it('asks the first layer that supports the question, and no other', () => {
    const first = layered([
      {
        name: 'declarative',
        supports: (_kind, operation) => operation === 'interpretHealth',
        run: (_kind, operation) => {
          if (operation !== 'interpretHealth') throw new Error('not asked')
          return false as never
        },
      },
      nativeLayer(),
    ])
    const kind = { group: 'v1', version: 'v1', kind: 'X' }
    expect(first.interpret(kind, 'interpretHealth', { object: deployment() }, signal)).toBe(false)
    expect(first.interpret(kind, 'reflectStatus', { object: deployment({ status: { a: 1 } }) }, signal)).toEqual({
      a: 1,
    })
    expect(first.interpret(kind, 'getReplicas', { object: deployment() }, signal)).toBeUndefined()
  })
})
