import { builtinDefinitions } from '@kairship/api/builtin'
import { deepClone, type Unstructured } from '@kairship/apimachinery'
import { describe, expect, it } from 'vitest'
import type { KindRules } from '../../contracts.ts'
import { FieldErrors } from '../../field-errors.ts'
import { scheduleProblem } from './batch.ts'
import { workloadRules } from './index.ts'
import { pullPolicy } from './pod-defaults.ts'
import { qosClass } from './pods.ts'

function rules(key: string): KindRules {
  const found = workloadRules[key]
  if (found === undefined) throw new Error(`no rules for ${key}`)
  return found
}
function defaulted(key: string, object: object): Unstructured {
  const draft = deepClone(object) as Unstructured
  rules(key).defaults?.(draft)
  return draft
}
function problems(key: string, object: object): string[] {
  const errors = new FieldErrors()
  const context = { operation: { verb: 'create', group: '', version: 'v1', resource: 'x' } } as never
  rules(key).validate?.(defaulted(key, object), errors, context)
  return errors.list.map((error) => `${error.field}: ${error.type}${error.detail === '' ? '' : `: ${error.detail}`}`)
}

const web = {
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', image: 'nginx', ports: [{ containerPort: 80 }] }] },
    },
  },
}
const change = (object: object, path: readonly (string | number)[], value: unknown): object => {
  const copy = deepClone(object)
  let parent: Record<string | number, unknown> = copy as never
  for (const key of path.slice(0, -1)) parent = (parent[key] ??= {}) as never
  const last = path.at(-1) ?? ''
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return copy
}

describe('defaults of a Deployment', () => {
  it('are those of kube-apiserver', () => {
    expect(defaulted('apps/Deployment', web)['spec']).toEqual({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            {
              name: 'c',
              image: 'nginx',
              ports: [{ containerPort: 80, protocol: 'TCP' }],
              resources: {},
              terminationMessagePath: '/dev/termination-log',
              terminationMessagePolicy: 'File',
              imagePullPolicy: 'Always',
            },
          ],
          restartPolicy: 'Always',
          terminationGracePeriodSeconds: 30,
          dnsPolicy: 'ClusterFirst',
          securityContext: {},
          schedulerName: 'default-scheduler',
        },
      },
    })
  })
  it('applied twice change nothing', () => {
    const once = defaulted('apps/Deployment', web)
    expect(defaulted('apps/Deployment', once)).toEqual(once)
  })
  it('pull an image always only when it is latest or has no tag', () => {
    expect(['nginx', 'nginx:latest', 'reg:5000/nginx', 'nginx:1.29', 'nginx@sha256:abc'].map(pullPolicy)).toEqual([
      'Always',
      'Always',
      'Always',
      'IfNotPresent',
      'IfNotPresent',
    ])
  })
})

describe('validation of a Deployment', () => {
  it('accepts a plain one', () => expect(problems('apps/Deployment', web)).toEqual([]))
  it.each([
    [
      'a selector that misses the template',
      ['spec', 'selector'],
      { matchLabels: { app: 'other' } },
      'spec.template.metadata.labels: Invalid: `selector` does not match template `labels`',
    ],
    [
      'no image',
      ['spec', 'template', 'spec', 'containers', 0, 'image'],
      undefined,
      'spec.template.spec.containers[0].image: Required',
    ],
    ['no containers', ['spec', 'template', 'spec', 'containers'], [], 'spec.template.spec.containers: Required'],
    ['negative replicas', ['spec', 'replicas'], -1, 'spec.replicas: Invalid: must be greater than or equal to 0'],
    [
      'a port out of range',
      ['spec', 'template', 'spec', 'containers', 0, 'ports', 0, 'containerPort'],
      70000,
      'spec.template.spec.containers[0].ports[0].containerPort: Invalid: must be between 1 and 65535, inclusive',
    ],
    [
      'a mount of a volume that is not declared',
      ['spec', 'template', 'spec', 'containers', 0, 'volumeMounts'],
      [{ name: 'data', mountPath: '/data' }],
      'spec.template.spec.containers[0].volumeMounts[0].name: NotFound',
    ],
    [
      'a restart policy other than Always',
      ['spec', 'template', 'spec', 'restartPolicy'],
      'Never',
      'spec.template.spec.restartPolicy: NotSupported: supported values: "Always"',
    ],
    [
      'a request above its limit',
      ['spec', 'template', 'spec', 'containers', 0, 'resources'],
      { limits: { cpu: '500m' }, requests: { cpu: '1' } },
      'spec.template.spec.containers[0].resources.requests: Invalid: must be less than or equal to cpu limit of 500m',
    ],
  ] as const)('refuses %s', (_name, path, value, expected) => {
    expect(problems('apps/Deployment', change(web, path, value))).toEqual([expected])
  })
  it('refuses a missing selector, which matches no labels', () => {
    expect(problems('apps/Deployment', change(web, ['spec', 'selector'], undefined))).toEqual([
      'spec.selector: Required',
      'spec.template.metadata.labels: Invalid: `selector` does not match template `labels`',
    ])
  })
  it('refuses a change of the selector', () => {
    const errors = new FieldErrors()
    const old = defaulted('apps/Deployment', web)
    const next = defaulted('apps/Deployment', change(web, ['spec', 'selector', 'matchLabels', 'tier'], 'x'))
    rules('apps/Deployment').validateUpdate?.(next, old, errors, undefined as never)
    expect(errors.list.map((error) => [error.field, error.detail])).toEqual([['spec.selector', 'field is immutable']])
  })
})

describe('validation of the other workloads', () => {
  it('lets a StatefulSet mount the volumes of its claim templates', () => {
    const set = change(
      change(web, ['spec', 'volumeClaimTemplates'], [{ metadata: { name: 'data' }, spec: {} }]),
      ['spec', 'template', 'spec', 'containers', 0, 'volumeMounts'],
      [{ name: 'data', mountPath: '/data' }],
    )
    expect(problems('apps/StatefulSet', set)).toEqual([])
  })
  it('refuses a Job whose pods restart for ever', () => {
    expect(problems('batch/Job', { metadata: { name: 'j' }, spec: { template: web.spec.template } })).toEqual([
      'spec.template.spec.restartPolicy: Required: valid values: "OnFailure", "Never"',
    ])
  })
  it('gives a Job a selector of its own uid, also on its template', () => {
    const draft = {
      metadata: { name: 'j', uid: 'u-1' },
      spec: { template: deepClone(web.spec.template) },
    } as Unstructured
    rules('batch/Job').prepareForCreate?.(draft, undefined as never, undefined as never)
    expect(draft['spec']).toMatchObject({
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-1' } },
      template: { metadata: { labels: { 'batch.kubernetes.io/job-name': 'j', 'controller-uid': 'u-1', app: 'web' } } },
    })
  })
  it.each([
    ['*/5 * * * *', true],
    ['0 9-17 * * mon-fri', true],
    ['@hourly', true],
    ['61 * * * *', false],
    ['* * * *', false],
    ['*/0 * * * *', false],
  ])('knows whether %s is a schedule', (schedule, right) => expect(scheduleProblem(schedule) === '').toBe(right))
  it('tells the quality of service from what containers ask for', () => {
    const container = (resources: object): object => ({ containers: [{ name: 'c', resources }] })
    const all = { cpu: '1', memory: '1Gi' }
    expect(qosClass(container({}) as never)).toBe('BestEffort')
    expect(qosClass(container({ requests: { cpu: '1' } }) as never)).toBe('Burstable')
    expect(qosClass(container({ limits: all, requests: all }) as never)).toBe('Guaranteed')
  })
  it('has a served kind for every row', () => {
    const kinds = new Set(builtinDefinitions().map((definition) => `${definition.group}/${definition.kind}`))
    expect(Object.keys(workloadRules).filter((key) => !kinds.has(key))).toEqual([])
  })
})
