import type { JsonObject, Unstructured } from '@kairship/apimachinery'
import { describe, expect, it } from 'vitest'
import { layered } from '../interpretations.ts'
import type { InterpreterOperation, Interpretations } from '../interpretations.ts'
import { nativeLayer } from './layer.ts'

const native = layered([nativeLayer()])
const signal = new AbortController().signal
const NOW = Date.parse('2026-01-02T03:04:05Z')

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
const item = (clusterName: string, status?: JsonObject) => ({
  clusterName,
  ...(status === undefined ? {} : { status }),
})
const aggregate = (template: Unstructured, items: { clusterName: string; status?: JsonObject }[]) =>
  ask(template, 'aggregateStatus', { object: template, items, now: NOW })

describe('aggregating status', () => {
  const member = (replicas: number, more: JsonObject = {}): JsonObject => ({
    replicas,
    readyReplicas: replicas,
    observedGeneration: 2,
    generation: 2,
    resourceTemplateGeneration: 5,
    ...more,
  })

  it('adds up, keeps other fields, and moves observedGeneration when every member is up to date (T-17)', () => {
    const template = deployment({ generation: 5, status: { observedGeneration: 4, collisionCount: 1 } })
    expect(aggregate(template, [item('m1', member(2)), item('m2', member(1))])).toMatchObject({
      status: { replicas: 3, readyReplicas: 3, observedGeneration: 5, collisionCount: 1 },
    })
    const behind = [item('m1', member(2)), item('m2', member(1, { resourceTemplateGeneration: 4 }))]
    expect(aggregate(template, behind)).toMatchObject({ status: { replicas: 3, observedGeneration: 4 } })
    expect(aggregate(template, [item('m1', member(2)), item('m2')])).toMatchObject({
      status: { replicas: 2, observedGeneration: 4 },
    })
    expect(aggregate(template, [])).toMatchObject({ status: { observedGeneration: 5 } })
  })

  it('returns the same object when nothing changes', () => {
    const status = { replicas: 2, readyReplicas: 2, observedGeneration: 5 }
    const template = object('apps/v1', 'ReplicaSet', { generation: 5, status })
    expect(aggregate(template, [item('m1', member(2))])).toBe(template)
  })

  it('advances a StatefulSet too, unlike upstream (T-18)', () => {
    const template = object('apps/v1', 'StatefulSet', { generation: 5, status: { observedGeneration: 1, replicas: 0 } })
    expect(aggregate(template, [item('m1', member(2))])).toMatchObject({
      status: { observedGeneration: 5, replicas: 2, availableReplicas: 0 },
    })
  })

  it('unites load balancer addresses, sorted, ports together', () => {
    const address = (ip: string, port: number): JsonObject => ({
      loadBalancer: { ingress: [{ ip, ports: [{ port, protocol: 'TCP' }] }] },
    })
    const template = object('v1', 'Service', { spec: { type: 'LoadBalancer' }, status: { loadBalancer: {} } })
    expect(
      aggregate(template, [
        item('m1', address('2.2.2.2', 80)),
        item('m2', address('1.1.1.1', 80)),
        item('m3', address('2.2.2.2', 443)),
      ]),
    ).toMatchObject({
      status: {
        loadBalancer: {
          ingress: [
            { ip: '1.1.1.1', ports: [{ port: 80, protocol: 'TCP' }] },
            {
              ip: '2.2.2.2',
              ports: [
                { port: 80, protocol: 'TCP' },
                { port: 443, protocol: 'TCP' },
              ],
            },
          ],
        },
      },
    })
    const inner = object('v1', 'Service', { spec: { type: 'ClusterIP' } })
    expect(aggregate(inner, [item('m1', address('2.2.2.2', 80))])).toBe(inner)
  })

  const done = (type: string): JsonObject => ({
    succeeded: 1,
    startTime: type === 'Failed' ? '2026-01-01T00:00:01Z' : '2026-01-01T00:00:02Z',
    completionTime: '2026-01-01T00:01:00Z',
    conditions: [{ type, status: 'True' }],
  })

  it('completes a Job when all members have, and never changes a finished one (T-43)', () => {
    const job = object('batch/v1', 'Job', { status: {} })
    expect(aggregate(job, [item('m1', done('Complete')), item('m2', { active: 1 })])).toMatchObject({
      status: { active: 1, succeeded: 1 },
    })
    const complete = aggregate(job, [item('m1', done('Complete')), item('m2', done('Complete'))])
    expect(complete).toMatchObject({
      status: {
        succeeded: 2,
        startTime: '2026-01-01T00:00:02Z',
        completionTime: '2026-01-01T00:01:00Z',
        conditions: [
          {
            type: 'Complete',
            status: 'True',
            reason: 'Completed',
            message: 'Job completed',
            lastTransitionTime: '2026-01-02T03:04:05Z',
          },
        ],
      },
    })
    const finished = object('batch/v1', 'Job', { status: { conditions: [{ type: 'Complete', status: 'True' }] } })
    expect(aggregate(finished, [])).toBe(finished)
  })

  it('fails a Job when one member’s part failed, and names the member', () => {
    const job = object('batch/v1', 'Job', { status: {} })
    expect(aggregate(job, [item('m1', done('Failed')), item('m2', { active: 1 })])).toMatchObject({
      status: {
        conditions: [{ type: 'Failed', reason: 'JobFailed', message: 'Job executed failed in member clusters m1' }],
      },
    })
  })

  it.each([
    [['Running', 'Pending'], 'Pending'],
    [['Running', 'Failed'], 'Failed'],
    [['Succeeded', 'Running'], 'Running'],
    [['Succeeded', 'Succeeded'], 'Succeeded'],
  ])('takes the most worrying phase of a Pod: %o', (phases, phase) => {
    const pod = object('v1', 'Pod')
    expect(
      aggregate(
        pod,
        phases.map((value, index) => item(`m${index}`, { phase: value })),
      ),
    ).toMatchObject({ status: { phase } })
    expect(aggregate(pod, [item('m1')])).toMatchObject({ status: { phase: 'Pending' } })
  })

  it('reduces claims and volumes to a phase', () => {
    const claim = object('v1', 'PersistentVolumeClaim')
    const phases = (...values: string[]) => values.map((phase, index) => item(`m${index}`, { phase }))
    expect(aggregate(claim, phases('Bound', 'Pending'))).toMatchObject({ status: { phase: 'Pending' } })
    expect(aggregate(claim, phases('Lost', 'Pending'))).toMatchObject({ status: { phase: 'Lost' } })
    expect(aggregate(claim, phases('Bound'))).toMatchObject({ status: { phase: 'Bound' } })
    expect(aggregate(object('v1', 'PersistentVolume'), phases('Bound', 'Available'))).toMatchObject({
      status: { phase: 'Available' },
    })
  })

  it('sums budgets and autoscalers, with disrupted pods by cluster', () => {
    const budget = object('policy/v1', 'PodDisruptionBudget')
    const status = {
      currentHealthy: 2,
      desiredHealthy: 1,
      expectedPods: 2,
      disruptionsAllowed: 1,
      disruptedPods: { p: 't' },
    }
    expect(aggregate(budget, [item('m1', status), item('m2', status)])).toMatchObject({
      status: { currentHealthy: 4, disruptionsAllowed: 2, disruptedPods: { 'm1/p': 't', 'm2/p': 't' } },
    })
    const scaler = object('autoscaling/v2', 'HorizontalPodAutoscaler')
    expect(
      aggregate(scaler, [
        item('m1', { currentReplicas: 2, desiredReplicas: 3 }),
        item('m2', { currentReplicas: 1, desiredReplicas: 1 }),
      ]),
    ).toMatchObject({
      status: { currentReplicas: 3, desiredReplicas: 4 },
    })
  })
})
