import { describe, expect, it } from 'vitest'
import { rulesOf } from '../rules.testing.ts'

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const spec = (more: object): object => ({ spec: { scaleTargetRef, maxReplicas: 5, ...more } })
const cpu = (target: object): object => ({ type: 'Resource', resource: { name: 'cpu', target } })

describe('an autoscaler of autoscaling/v2', () => {
  const { refused, defaulted } = rulesOf('autoscaling', 'HorizontalPodAutoscaler', 'v2')
  it('starts at one replica and keeps CPU at 80 %', () => {
    expect(defaulted(spec({}))['spec']).toEqual({
      scaleTargetRef,
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [cpu({ type: 'Utilization', averageUtilization: 80 })],
    })
  })
  it('fills in the behaviour that it has a part of', () => {
    const policies = [{ type: 'Pods', value: 1, periodSeconds: 60 }]
    expect(defaulted(spec({ behavior: { scaleDown: { policies } } }))['spec']).toMatchObject({
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          selectPolicy: 'Max',
          policies: [
            { type: 'Pods', value: 4, periodSeconds: 15 },
            { type: 'Percent', value: 100, periodSeconds: 15 },
          ],
        },
        scaleDown: { selectPolicy: 'Max', policies },
      },
    })
  })
  it('does not share its defaults with others', () => {
    expect(defaulted(spec({}))['spec']).not.toBe(defaulted(spec({}))['spec'])
    const [first, second] = [defaulted(spec({ behavior: {} })), defaulted(spec({ behavior: {} }))]
    expect((first['spec'] as { behavior: { scaleUp: { policies: object } } }).behavior.scaleUp.policies).not.toBe(
      (second['spec'] as { behavior: { scaleUp: { policies: object } } }).behavior.scaleUp.policies,
    )
  })
  it.each([
    [
      { maxReplicas: 0, minReplicas: 1 },
      [
        'spec.maxReplicas: Invalid value: 0: must be greater than 0',
        'spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`',
      ],
    ],
    [{ minReplicas: 0 }, ['spec.minReplicas: Invalid value: 0: must be greater than or equal to 1']],
    [{ minReplicas: 6 }, ['spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`']],
    [{ scaleTargetRef: { name: 'web' } }, ['spec.scaleTargetRef.kind: Required value']],
    [
      { metrics: [{}] },
      [
        'spec.metrics[0].type: Required value: must specify a metric source type',
        'spec.metrics[0].type: Unsupported value: "": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
      ],
    ],
    [
      { metrics: [{ type: 'Resource' }] },
      ['spec.metrics[0].resource: Required value: must populate information for the given metric source'],
    ],
    [
      { metrics: [{ ...cpu({ type: 'Utilization', averageUtilization: 1 }), pods: {} }] },
      ['spec.metrics[0].pods: Forbidden: must populate the given metric source only'],
    ],
    [
      { metrics: [cpu({ type: 'Utilization' })] },
      [
        'spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
      ],
    ],
    [
      { metrics: [cpu({ type: 'Utilization', averageUtilization: 0 })] },
      ['spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0'],
    ],
    [
      { metrics: [cpu({ type: 'Share', averageUtilization: 1 })] },
      [
        'spec.metrics[0].resource.target.type: Invalid value: "Share": must be either Utilization, Value, or AverageValue',
      ],
    ],
    [
      {
        metrics: [
          { type: 'Pods', pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '-1' } } },
        ],
      },
      ['spec.metrics[0].pods.target.averageValue: Invalid value: "-1": must be positive'],
    ],
    [
      { behavior: { scaleDown: { policies: [] } } },
      ['spec.behavior.scaleDown.policies: Required value: must specify at least one Policy'],
    ],
    [
      { behavior: { scaleUp: { stabilizationWindowSeconds: 3601 } } },
      ['spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600'],
    ],
    [
      { behavior: { scaleUp: { policies: [{ type: 'Nodes', value: 1, periodSeconds: 1801 }] } } },
      [
        'spec.behavior.scaleUp.policies[0].type: Unsupported value: "Nodes": supported values: "Percent", "Pods"',
        'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
      ],
    ],
  ])('may not have %j', (more, texts) => expect(refused(spec(more))).toEqual(texts))
})

describe('an autoscaler of autoscaling/v1', () => {
  const { refused, defaulted } = rulesOf('autoscaling', 'HorizontalPodAutoscaler', 'v1')
  const annotated = (metrics: string): object => ({
    metadata: { annotations: { 'autoscaling.alpha.kubernetes.io/metrics': metrics } },
    ...spec({}),
  })
  it('starts at one replica', () => {
    expect(defaulted(spec({}))['spec']).toMatchObject({ minReplicas: 1 })
  })
  it('is held to the rules of v2, for its annotations too', () => {
    expect(refused(spec({ targetCPUUtilizationPercentage: 0 }))).toEqual([
      'spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
    ])
    expect(refused(annotated('[{"type":"Pods","pods":{"metricName":"a/b","targetAverageValue":"1"}}]'))).toEqual([
      'spec.metrics[0].pods.metric.name: Invalid value: "a/b": may not contain \'/\'',
    ])
  })
})
