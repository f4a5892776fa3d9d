import { describe, expect, it } from 'vitest'
import { rulesOf } from '../rules.testing.ts'

describe('a Lease', () => {
  const { refused } = rulesOf('coordination.k8s.io', 'Lease')
  it('may be given back by an empty holder', () => {
    expect(refused({ spec: { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0 } })).toEqual([])
  })
  it.each([
    [{ leaseDurationSeconds: 0 }, 'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
    [{ leaseTransitions: -1 }, 'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0'],
    [{ preferredHolder: 'a' }, 'spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined'],
  ])('may not have %j', (spec, text) => expect(refused({ spec })).toEqual([text]))
})

describe('a PriorityClass', () => {
  const { refused, changed, defaulted } = rulesOf('scheduling.k8s.io', 'PriorityClass')
  const named = (name: string, more: object): object => ({ metadata: { name }, ...more })
  it('preempts lower ones', () => {
    expect(defaulted(named('a', { value: 1 }))).toMatchObject({ preemptionPolicy: 'PreemptLowerPriority' })
  })
  it('keeps its value and its policy', () => {
    expect(changed(named('a', { value: 1 }), named('a', { value: 2 }))).toEqual([
      'value: Forbidden: may not be changed in an update.',
    ])
    expect(changed(named('a', { value: 1 }), named('a', { value: 1, preemptionPolicy: 'Never' }))).toEqual([
      'preemptionPolicy: Invalid value: "Never": field is immutable',
    ])
  })
  it('leaves the highest values and the prefix to the system', () => {
    expect(refused(named('a', { value: 1_000_000_001 }))).toEqual([
      'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
    ])
    expect(refused(named('system-node-critical', { value: 2_000_001_000 }))).toEqual([])
    const reserved =
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only."
    expect(refused(named('system-mine', { value: 1 }))).toEqual([
      `${reserved} error: system-mine is not a known system priority class`,
    ])
    expect(refused(named('system-node-critical', { value: 1 }))).toEqual([
      `${reserved} error: value of system-node-critical PriorityClass must be 2000001000`,
    ])
  })
})

describe('a RuntimeClass', () => {
  const { refused, changed } = rulesOf('node.k8s.io', 'RuntimeClass')
  it('has a handler that stays', () => {
    expect(refused({ handler: '' })[0]).toContain('a lowercase RFC 1123 label')
    expect(changed({ handler: 'a' }, { handler: 'b' })).toEqual(['handler: Invalid value: "b": field is immutable'])
  })
})

describe('a Node', () => {
  const { refused, defaulted } = rulesOf('', 'Node')
  it('can give away all it has unless it reserves something', () => {
    const status = { capacity: { cpu: '4', memory: '8Gi' }, allocatable: { cpu: '3' } }
    expect(defaulted({ status })['status']).toEqual({ ...status, allocatable: { cpu: '3', memory: '8Gi' } })
  })
  it('has each taint once, with a known effect', () => {
    const taint = { key: 'a', effect: 'NoSchedule' }
    expect(refused({ spec: { taints: [taint, { key: 'a', effect: 'NoExecute' }] } })).toEqual([])
    expect(refused({ spec: { taints: [taint, taint] } })).toEqual([
      'spec.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule"}',
    ])
    expect(refused({ spec: { taints: [{ key: 'a', effect: 'Maybe' }] } })).toEqual([
      'spec.taints[0].effect: Unsupported value: "Maybe": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ])
  })
})

describe('an event', () => {
  const core = rulesOf('', 'Event')
  const events = rulesOf('events.k8s.io', 'Event')
  const metadata = { name: 'e', namespace: 'app' }
  const regarding = { kind: 'Pod', name: 'p', namespace: 'app' }
  const modern = {
    metadata,
    regarding,
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'ex.io/c',
    reportingInstance: 'c-1',
    action: 'Do',
    reason: 'Why',
    type: 'Normal',
  }
  it('is told in the namespace of what it is about', () => {
    expect(core.refused({ metadata, involvedObject: regarding })).toEqual([])
    expect(core.refused({ metadata, involvedObject: { ...regarding, namespace: 'b' } })).toEqual([
      'involvedObject.namespace: Invalid value: "b": does not match event.namespace',
    ])
    expect(core.refused({ metadata, involvedObject: { kind: 'Node', name: 'n' } })).toEqual([
      'involvedObject.namespace: Invalid value: "": does not match event.namespace',
    ])
    const node = { metadata: { ...metadata, namespace: 'default' }, involvedObject: { kind: 'Node', name: 'n' } }
    expect(core.refused(node)).toEqual([])
  })
  it('of core/v1 is reported by the component that it comes from', () => {
    expect(core.defaulted({ source: { component: 'kubelet' } })).toMatchObject({ reportingComponent: 'kubelet' })
  })
  it.each([
    ['nothing else', {}, []],
    ['no time', { eventTime: undefined }, ['eventTime: Required value']],
    ['no reason', { reason: '' }, ['reason: Required value']],
    ['no controller', { reportingController: 'a b' }, 'qualified'],
    ['an unknown type', { type: 'Loud' }, ['type: Invalid value: "": has invalid value: Loud']],
    ['a count', { deprecatedCount: 2 }, ['count: Invalid value: "": needs to be unset']],
    ['a source', { deprecatedSource: { component: 'c' } }, ['source: Invalid value: "": needs to be unset']],
    ['a long note', { note: 'x'.repeat(1025) }, ['message: Invalid value: "": can have at most 1024 characters']],
    [
      'a series of one',
      { series: { count: 1, lastObservedTime: 't' } },
      ['series.count: Invalid value: "": should be at least 2'],
    ],
  ])('of events.k8s.io/v1 with %s', (_what, more, texts) => {
    const found = events.refused({ ...modern, ...more })
    if (texts === 'qualified') expect(found[0]).toContain('name part must consist of')
    else expect(found).toEqual(texts)
  })
  it('of events.k8s.io/v1 changes in its series only', () => {
    const series = { count: 2, lastObservedTime: '2026-01-01T00:00:01.000000Z' }
    expect(events.changed(modern, { ...modern, series })).toEqual([])
    expect(events.changed(modern, { ...modern, note: 'new' })).toEqual([
      'message: Invalid value: "new": field is immutable',
    ])
  })
})

describe('flow control', () => {
  it('gives schemas their place and levels their queues', () => {
    const schema = rulesOf('flowcontrol.apiserver.k8s.io', 'FlowSchema')
    expect(schema.defaulted({ spec: {} })['spec']).toEqual({ matchingPrecedence: 1000 })
    expect(schema.refused({ spec: {} })).toEqual([
      'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
    ])
    const level = rulesOf('flowcontrol.apiserver.k8s.io', 'PriorityLevelConfiguration')
    const spec = { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: {} } } }
    expect(level.defaulted({ spec })['spec']).toMatchObject({
      limited: {
        nominalConcurrencyShares: 30,
        lendablePercent: 0,
        limitResponse: { queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
      },
    })
    expect(
      level.defaulted({ spec: { type: 'Limited', limited: { nominalConcurrencyShares: 0 } } })['spec'],
    ).toMatchObject({
      limited: { nominalConcurrencyShares: 0 },
    })
  })
})
