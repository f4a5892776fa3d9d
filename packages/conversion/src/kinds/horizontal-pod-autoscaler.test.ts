import { deepFreeze, type Unstructured } from '@kairship/apimachinery'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { autoscalerAnnotations, autoscalerToV1, autoscalerToV2 } from './horizontal-pod-autoscaler.ts'

const prefix = 'autoscaling.alpha.kubernetes.io/'
const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
function v1(spec: object, annotations?: { [key: string]: string }): Unstructured {
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', ...(annotations === undefined ? {} : { annotations }) },
    spec: { scaleTargetRef: target, maxReplicas: 5, ...spec },
  }
}
function v2(spec: object, status?: object): Unstructured {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: { scaleTargetRef: target, maxReplicas: 5, ...spec },
    ...(status === undefined ? {} : { status }),
  }
}
const cpu = (averageUtilization: number): object => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
})
const memory = { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } }

describe('an autoscaler in its two versions', () => {
  it('holds a CPU share as a field of v1 and as a metric of v2', () => {
    expect(autoscalerToV2(v1({ targetCPUUtilizationPercentage: 60 }))).toEqual(v2({ metrics: [cpu(60)] }))
    expect(autoscalerToV1(v2({ metrics: [cpu(60)] }))).toEqual(v1({ targetCPUUtilizationPercentage: 60 }))
  })
  it('carries every other metric in an annotation of v1, in the flat form', () => {
    const metrics = '[{"type":"Resource","resource":{"name":"memory","targetAverageValue":"1Gi"}}]'
    const old = v1({ targetCPUUtilizationPercentage: 60 }, { [`${prefix}metrics`]: metrics })
    expect(autoscalerToV1(v2({ metrics: [cpu(60), memory] }))).toEqual(old)
    expect(autoscalerToV2(old)).toEqual(v2({ metrics: [memory, cpu(60)] }))
  })
  it('takes the CPU metric that has a share, not the first one that speaks of CPU', () => {
    const raw = { type: 'Resource', resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '1' } } }
    const old = autoscalerToV1(v2({ metrics: [raw, cpu(70)] }))
    expect(old['spec']).toMatchObject({ targetCPUUtilizationPercentage: 70 })
    expect(old.metadata.annotations?.[autoscalerAnnotations.metrics]).toContain('"targetAverageValue":"1"')
  })
  it('scales by 80 % of CPU when v1 names nothing', () => {
    expect(autoscalerToV2(v1({}))).toEqual(v2({ metrics: [cpu(80)] }))
  })
  it('says in v1 what an Object metric without a value needs there', () => {
    const object = {
      describedObject: { kind: 'Ingress', name: 'i', apiVersion: 'networking.k8s.io/v1' },
      metric: { name: 'hits', selector: { matchLabels: { a: 'b' } } },
      target: { type: 'AverageValue', averageValue: '10' },
    }
    const old = autoscalerToV1(v2({ metrics: [{ type: 'Object', object }] }))
    expect(JSON.parse(old.metadata.annotations?.[autoscalerAnnotations.metrics] ?? '')).toEqual([
      {
        type: 'Object',
        object: {
          target: object.describedObject,
          metricName: 'hits',
          targetValue: '0',
          selector: object.metric.selector,
          averageValue: '10',
        },
      },
    ])
    expect(autoscalerToV2(old)).toEqual(v2({ metrics: [{ type: 'Object', object }] }))
  })
  it('carries behaviour with the keys that Go writes', () => {
    const scaleDown = { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 4, periodSeconds: 60 }] }
    const old = autoscalerToV1(v2({ metrics: [cpu(50)], behavior: { scaleDown } }))
    expect(old.metadata.annotations).toEqual({
      [autoscalerAnnotations.behavior]:
        '{"ScaleUp":null,"ScaleDown":{"StabilizationWindowSeconds":0,"SelectPolicy":null,' +
        '"Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":60}],"Tolerance":null}}',
    })
    expect(autoscalerToV2(old)).toEqual(v2({ metrics: [cpu(50)], behavior: { scaleDown } }))
  })
  it('carries current metrics and conditions, and shows the CPU share as a field', () => {
    const resource = { name: 'cpu', current: { averageUtilization: 42, averageValue: '210m' } }
    const conditions = [{ type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', message: 'ok' }]
    const status = {
      desiredReplicas: 3,
      currentReplicas: 3,
      currentMetrics: [{ type: 'Resource', resource }],
      conditions,
    }
    const old = autoscalerToV1(v2({ metrics: [cpu(50)] }, status))
    expect(old['status']).toEqual({ desiredReplicas: 3, currentReplicas: 3, currentCPUUtilizationPercentage: 42 })
    expect(autoscalerToV2(old)).toEqual(v2({ metrics: [cpu(50)] }, status))
  })
  it.each([
    ['broken JSON', '[{'],
    ['no list', '{}'],
    ['an unknown type of metric', '[{"type":"Moon","moon":{}}]'],
    ['a value that is no quantity', '[{"type":"Pods","pods":{"metricName":"a","targetAverageValue":{}}}]'],
  ])('ignores an annotation with %s', (_name, metrics) => {
    const old = v1({ targetCPUUtilizationPercentage: 60 }, { [`${prefix}metrics`]: metrics, mine: 'stays' })
    const found = autoscalerToV2(old)
    expect(found['spec']).toEqual(v2({ metrics: [cpu(60)] })['spec'])
    expect(found.metadata.annotations).toEqual({ mine: 'stays' })
  })
  it('does not let a user of v2 smuggle in annotations that v1 would believe', () => {
    const object = v2({ metrics: [cpu(60)] })
    object.metadata.annotations = { [`${prefix}metrics`]: '[]', [`${prefix}scale-up-tolerance`]: '1', mine: 'stays' }
    expect(autoscalerToV1(object).metadata.annotations).toEqual({ mine: 'stays' })
  })
  it('leaves what it reads as it was', () => {
    const object = deepFreeze(v2({ metrics: [cpu(60), memory], behavior: { scaleUp: { selectPolicy: 'Disabled' } } }))
    expect(autoscalerToV2(deepFreeze(autoscalerToV1(object)))).toEqual({
      ...object,
      spec: { ...(object['spec'] as object), metrics: [memory, cpu(60)] },
    })
  })
})

const name = fc.stringMatching(/^[a-z]{1,8}$/)
const quantity = fc.oneof(
  fc.integer({ min: 1, max: 10_000 }).map((value) => `${value}m`),
  fc.integer({ min: 1, max: 99 }).map((value) => `${value}Gi`),
)
const metricName = fc.record(
  { name, selector: fc.record({ matchLabels: fc.dictionary(name, name) }) },
  { requiredKeys: ['name'] },
)
const average = quantity.map((averageValue) => ({ type: 'AverageValue', averageValue }))
const value = quantity.map((text) => ({ type: 'Value', value: text }))
const share = fc
  .integer({ min: 1, max: 100 })
  .map((averageUtilization) => ({ type: 'Utilization', averageUtilization }))
const metric = fc.oneof(
  fc
    .record({ name: fc.constant('memory'), target: fc.oneof(average, share) })
    .map((resource) => ({ type: 'Resource', resource })),
  fc
    .record({ name, container: name, target: fc.oneof(average, share) })
    .map((containerResource) => ({ type: 'ContainerResource', containerResource })),
  fc.record({ metric: metricName, target: average }).map((pods) => ({ type: 'Pods', pods })),
  fc
    .record({ describedObject: fc.record({ kind: name, name }), metric: metricName, target: fc.oneof(average, value) })
    .map((object) => ({ type: 'Object', object })),
  fc
    .record({ metric: metricName, target: fc.oneof(average, value) })
    .map((external) => ({ type: 'External', external })),
)
const rules = fc.record(
  {
    stabilizationWindowSeconds: fc.nat(3600),
    selectPolicy: fc.constantFrom('Max', 'Min', 'Disabled'),
    policies: fc.array(
      fc.record({
        type: fc.constantFrom('Pods', 'Percent'),
        value: fc.integer({ min: 1 }),
        periodSeconds: fc.integer({ min: 1 }),
      }),
    ),
    tolerance: quantity,
  },
  { requiredKeys: [] },
)
const autoscaler = fc
  .record(
    {
      cpu: fc.integer({ min: 1, max: 100 }).map(cpu),
      others: fc.array(metric, { minLength: 1 }),
      behavior: fc.record({ scaleUp: rules, scaleDown: rules }, { requiredKeys: ['scaleUp'] }),
    },
    { requiredKeys: ['others'] },
  )
  .map((parts) =>
    v2({
      metrics: [...parts.others, ...(parts.cpu === undefined ? [] : [parts.cpu])],
      ...(parts.behavior === undefined ? {} : { behavior: parts.behavior }),
    }),
  )

describe('any autoscaler of v2', () => {
  it('comes back from v1 as it was', () => {
    fc.assert(
      fc.property(autoscaler, (object) => {
        expect(autoscalerToV2(autoscalerToV1(object))).toEqual(object)
      }),
    )
  })
  it('has one form in v1: going there twice changes nothing', () => {
    fc.assert(
      fc.property(autoscaler, (object) => {
        const once = autoscalerToV1(object)
        expect(autoscalerToV1(autoscalerToV2(once))).toEqual(once)
      }),
    )
  })
})

describe('any text in the annotations of v1', () => {
  it('gives an autoscaler with at least one metric and none of the annotations', () => {
    const text = fc.oneof(fc.string(), fc.json())
    fc.assert(
      fc.property(text, text, text, (metrics, behavior, conditions) => {
        const found = autoscalerToV2(
          v1(
            {},
            { [`${prefix}metrics`]: metrics, [`${prefix}behavior`]: behavior, [`${prefix}conditions`]: conditions },
          ),
        )
        expect(found.metadata.annotations).toBeUndefined()
        expect((found['spec'] as { metrics: unknown[] }).metrics.length).toBeGreaterThan(0)
      }),
    )
  })
})
