import { describe, expect, it } from 'vitest'
import { rulesOf } from '../rules.testing.ts'

describe('a PodDisruptionBudget', () => {
  const { refused } = rulesOf('policy', 'PodDisruptionBudget')
  const selector = { matchLabels: { app: 'web' } }
  it.each([[{ minAvailable: 1 }], [{ maxUnavailable: '50%' }], [{ minAvailable: '100%' }], [{}]])(
    'may ask for %j',
    (spec) => expect(refused({ spec: { ...spec, selector } })).toEqual([]),
  )
  it.each([
    [
      { minAvailable: 1, maxUnavailable: 1 },
      'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
    ],
    [{ minAvailable: -1 }, 'spec.minAvailable: Invalid value: -1: must be greater than or equal to 0'],
    [{ maxUnavailable: '101%' }, 'spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    [
      { maxUnavailable: 'half' },
      "spec.maxUnavailable: Invalid value: \"half\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
    [
      { unhealthyPodEvictionPolicy: 'Never' },
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ],
    [
      { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
  ])('may not ask for %j', (spec, text) => expect(refused({ spec })).toEqual([text]))
})

describe('a ResourceQuota', () => {
  const { refused, changed } = rulesOf('', 'ResourceQuota')
  it('counts what is standard or has a group', () => {
    const hard = {
      cpu: '4',
      'requests.memory': '1Gi',
      pods: '10',
      'count/deployments.apps': '3',
      'requests.nvidia.com/gpu': '1',
    }
    expect(refused({ spec: { hard } })).toEqual([])
    expect(refused({ spec: { hard: { lunches: '1' } } })).toEqual([
      'spec.hard[lunches]: Invalid value: "lunches": must be a standard resource type or fully qualified',
      'spec.hard[lunches]: Invalid value: "lunches": must be a standard resource for quota',
    ])
  })
  it.each([
    [{ pods: '1500m' }, 'spec.hard[pods]: Invalid value: "1500m": must be an integer'],
    [{ memory: '-1' }, 'spec.hard[memory]: Invalid value: "-1": must be greater than or equal to 0'],
  ])('may not limit %j', (hard, text) => expect(refused({ spec: { hard } })).toEqual([text]))
  it('keeps its scopes, in any order', () => {
    const scopes = ['BestEffort', 'Terminating']
    expect(changed({ spec: { scopes } }, { spec: { scopes: scopes.toReversed() } })).toEqual([])
    expect(changed({ spec: { scopes } }, { spec: {} })).toEqual(['spec.scopes: Invalid value: []: field is immutable'])
    expect(refused({ spec: { scopes: ['Everything'] } })).toEqual([
      'spec.scopes: Invalid value: ["Everything"]: unsupported scope',
    ])
  })
})

describe('a LimitRange', () => {
  const { refused, defaulted } = rulesOf('', 'LimitRange')
  it('gives containers the most they may have, and lets them ask for what they get', () => {
    const limits = [
      { type: 'Container', max: { cpu: '2', memory: '1Gi' }, default: { cpu: '1' }, min: { cpu: '100m' } },
    ]
    expect(defaulted({ spec: { limits } })['spec']).toEqual({
      limits: [
        {
          type: 'Container',
          max: { cpu: '2', memory: '1Gi' },
          default: { cpu: '1', memory: '1Gi' },
          defaultRequest: { cpu: '1', memory: '1Gi' },
          min: { cpu: '100m' },
        },
      ],
    })
  })
  it.each([
    [
      { type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } },
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
    ],
    [
      { type: 'Pod', default: { cpu: '1' } },
      "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
    ],
    [
      { type: 'PersistentVolumeClaim' },
      'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
    ],
    [
      { type: 'Container', default: { cpu: '1' }, defaultRequest: { cpu: '2' } },
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1',
    ],
    [
      { type: 'Pod', maxLimitRequestRatio: { cpu: '500m' } },
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1',
    ],
    [
      { type: 'Cluster' },
      'spec.limits[0].type: Invalid value: "Cluster": must be a standard limit type or fully qualified',
    ],
  ])('may not say %j', (limit, text) => expect(refused({ spec: { limits: [limit] } })).toEqual([text]))
})
