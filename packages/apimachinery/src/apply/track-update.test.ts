import { describe, expect, it } from 'vitest'
import type { KubeObject, ManagedFieldsEntry, TrackUpdate } from '../index.ts'
import { deepFreeze, trackUpdate } from '../index.ts'
import { configMap, deployment, schemaless } from './apply.fixture.ts'

const base = {
  shape: deployment,
  manager: 'm',
  apiVersion: 'apps/v1',
  subresource: '',
  separateStatus: true,
  time: 't1',
}
type Loose = { metadata: { [key: string]: unknown }; [key: string]: unknown }
const object = (spec: unknown, extra: Loose = { metadata: {} }): KubeObject =>
  deepFreeze({ ...extra, metadata: { name: 'd', ...extra.metadata }, spec }) as KubeObject
const track = (options: Partial<TrackUpdate> & { next: KubeObject }) =>
  trackUpdate({ ...base, old: undefined, ...options })
const stored = (next: KubeObject, managedFields: unknown): KubeObject =>
  deepFreeze({ ...next, metadata: { ...next.metadata, managedFields } }) as KubeObject
const fields = (entries: readonly unknown[] | undefined, manager = 'm') =>
  (entries as ManagedFieldsEntry[] | undefined)?.find((entry) => entry.manager === manager)?.fieldsV1

describe('tracking updates', () => {
  it('gives the creator everything it wrote, as kube-apiserver records a Deployment', () => {
    const next = object(
      {
        replicas: 1,
        selector: { matchLabels: { app: 'x' } },
        strategy: { type: 'Recreate' },
        containers: [
          {
            name: 'c',
            image: 'i',
            args: ['a'],
            resources: {},
            securityContext: {},
            ports: [{ containerPort: 80, protocol: 'TCP' }],
          },
        ],
      },
      {
        metadata: { uid: 'u', labels: { app: 'x' }, finalizers: ['f'], creationTimestamp: 't' },
        status: { replicas: 1 },
      },
    )
    expect(track({ next })).toEqual([
      {
        manager: 'm',
        operation: 'Update',
        apiVersion: 'apps/v1',
        time: 't1',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} }, 'f:finalizers': { '.': {}, 'v:"f"': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:selector': {},
            'f:strategy': { 'f:type': {} },
            'f:containers': {
              'k:{"name":"c"}': {
                '.': {},
                'f:name': {},
                'f:image': {},
                'f:args': {},
                'f:resources': {},
                'f:securityContext': {},
                'f:ports': {
                  '.': {},
                  'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
                },
              },
            },
          },
        },
      },
    ])
  })

  it('moves a field to the one who changed it, and forgets those who own nothing', () => {
    const one = object({ replicas: 1, paused: true })
    const entries = track({ next: one })
    const two = object({ replicas: 2, paused: true })
    const after = track({ old: stored(one, entries), next: two, manager: 'n', time: 't2' })
    expect(fields(after)).toEqual({ 'f:spec': { 'f:paused': {} } })
    expect(fields(after, 'n')).toEqual({ 'f:spec': { 'f:replicas': {} } })
    const three = object({ replicas: 2 })
    const last = track({ old: stored(two, after), next: three, manager: 'n', time: 't3' })
    expect(last).toEqual([
      {
        manager: 'n',
        operation: 'Update',
        apiVersion: 'apps/v1',
        time: 't2',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      },
    ])
  })

  it('returns the stored list itself when the writer owned what it changed already, or changed nothing', () => {
    const one = object({ replicas: 1 })
    const old = stored(one, track({ next: one }))
    expect(track({ old, next: object({ replicas: 2 }), time: 't2' })).toBe(old.metadata.managedFields)
    expect(track({ old, next: object({ replicas: 1 }), manager: 'other', time: 't2' })).toBe(old.metadata.managedFields)
    // A client that sends back what it read.
    const echo = stored(object({ replicas: 5 }), structuredClone(old.metadata.managedFields))
    expect(track({ old, next: echo, time: 't2' })).toBe(old.metadata.managedFields)
  })

  it('tracks the status only through its subresource', () => {
    const one = object({ replicas: 1 })
    const old = stored(one, track({ next: one }))
    const next = object({ replicas: 1 }, { metadata: {}, status: { replicas: 1 } })
    expect(track({ old, next, time: 't2' })).toBe(old.metadata.managedFields)
    const after = track({ old, next, manager: 'kubelet', subresource: 'status', time: 't2' })
    expect(after?.find((entry) => entry.manager === 'kubelet')).toEqual({
      manager: 'kubelet',
      operation: 'Update',
      apiVersion: 'apps/v1',
      time: 't2',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:status': { 'f:replicas': {} } },
      subresource: 'status',
    })
  })

  it('clears with [{}] and stays cleared', () => {
    const one = object({ replicas: 1 })
    const old = stored(one, track({ next: one }))
    expect(track({ old, next: stored(one, [{}]) })).toBeUndefined()
    expect(track({ old: one, next: object({ replicas: 9 }) })).toBeUndefined()
    expect(track({ old, next: stored(one, []) })).toBe(old.metadata.managedFields)
  })

  it('takes a valid list from the client and ignores a broken one', () => {
    const one = object({ replicas: 1 })
    const old = stored(one, track({ next: one }))
    const given = [
      { manager: 'x', operation: 'Apply', apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': {} } },
    ]
    expect(fields(track({ old, next: stored(one, given) }), 'x')).toEqual({ 'f:spec': {} })
    const broken = [{ ...given[0], fieldsV1: { spec: {} } }]
    expect(track({ old, next: stored(one, broken) })).toBe(old.metadata.managedFields)
  })

  it('follows list items by their keys wherever they stand', () => {
    const one = object({
      containers: [
        { name: 'a', image: '1' },
        { name: 'b', image: '1' },
      ],
    })
    const old = stored(one, track({ next: one }))
    const next = object({
      containers: [
        { name: 'b', image: '2' },
        { name: 'c', image: '1' },
        { name: 'a', image: '1' },
      ],
    })
    const after = track({ old, next, manager: 'n' })
    expect(fields(after, 'n')).toEqual({
      'f:spec': {
        'f:containers': {
          'k:{"name":"b"}': { 'f:image': {} },
          'k:{"name":"c"}': { '.': {}, 'f:name': {}, 'f:image': {} },
        },
      },
    })
  })

  it('treats places without a schema member by member, and their lists as a whole', () => {
    const one = { metadata: { name: 'x' }, spec: { a: { b: 1 }, list: [{ x: 1 }] } }
    const entries = track({ next: one as KubeObject, shape: schemaless, separateStatus: false })
    expect(fields(entries)).toEqual({ 'f:spec': { '.': {}, 'f:a': { '.': {}, 'f:b': {} }, 'f:list': {} } })
  })

  it('folds the oldest updaters when there are more than ten', () => {
    let current = { metadata: { name: 'x' }, data: {} } as KubeObject & { data: { [key: string]: string } }
    for (let index = 0; index < 14; index++) {
      const old = index === 0 ? undefined : current
      const data = { ...current.data, [`k${index}`]: 'v' }
      const time = `2026-01-01T00:00:${String(index).padStart(2, '0')}Z`
      const managedFields = track({
        old,
        next: { ...current, data } as KubeObject,
        shape: configMap,
        manager: `m${index}`,
        apiVersion: 'v1',
        time,
      })
      current = deepFreeze({ metadata: { name: 'x', managedFields }, data }) as typeof current
    }
    const entries = current.metadata.managedFields ?? []
    expect(entries).toHaveLength(10)
    const folded = entries.find((entry) => entry.manager === 'ancient-changes')
    expect(Object.keys(Object(folded?.fieldsV1?.['f:data'])).toSorted()).toEqual([
      '.',
      'f:k0',
      'f:k1',
      'f:k2',
      'f:k3',
      'f:k4',
    ])
  })

  it('keeps hostile keys as data', () => {
    const next = { metadata: { name: 'x' }, data: JSON.parse('{"__proto__":"a","constructor":"b"}') } as KubeObject
    expect(fields(track({ next, shape: configMap }))).toEqual({
      'f:data': { '.': {}, 'f:__proto__': {}, 'f:constructor': {} },
    })
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})
