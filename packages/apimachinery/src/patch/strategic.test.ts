import { describe, expect, it } from 'vitest'
import type { JsonObject, MergeSchema } from '../index.ts'
import { applyStrategicMergePatch, compileShape, deepFreeze, parseJson } from '../index.ts'

const merged = (key: string, items: MergeSchema, strategy = 'merge'): MergeSchema => ({
  type: 'array',
  items,
  'x-kubernetes-patch-strategy': strategy,
  'x-kubernetes-patch-merge-key': key,
})
const schemas: { [name: string]: MergeSchema } = {
  Container: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      image: { type: 'string' },
      args: { type: 'array', items: { type: 'string' } },
      env: merged('name', { type: 'object', properties: { name: { type: 'string' }, value: { type: 'string' } } }),
      ports: merged('containerPort', {
        type: 'object',
        properties: { containerPort: { type: 'integer' }, name: { type: 'string' } },
      }),
    },
  },
  Volume: {
    type: 'object',
    properties: { name: { type: 'string' }, emptyDir: { type: 'object' }, hostPath: { type: 'object' } },
  },
}
const root: MergeSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        replicas: { type: 'integer' },
        strategy: {
          type: 'object',
          'x-kubernetes-patch-strategy': 'retainKeys',
          properties: { type: { type: 'string' }, rollingUpdate: { type: 'object' } },
        },
        selector: {
          type: 'object',
          'x-kubernetes-patch-strategy': 'replace',
          properties: { matchLabels: { type: 'object', additionalProperties: { type: 'string' } } },
        },
        containers: merged('name', { $ref: 'Container' }),
        volumes: merged('name', { $ref: 'Volume' }, 'merge,retainKeys'),
        tolerations: { type: 'array', items: { type: 'object' } },
      },
    },
  },
}
const shape = compileShape({ root, resolve: (ref) => schemas[ref] ?? {} })
const patch = (target: JsonObject, change: JsonObject) =>
  applyStrategicMergePatch(deepFreeze(target), deepFreeze(change), shape)

describe('strategic merge patch', () => {
  it('merges objects, removes with null and replaces lists without a strategy', () => {
    const target = { spec: { replicas: 1, tolerations: [{ key: 'a' }], strategy: { type: 'Recreate' } } }
    expect(patch(target, { spec: { replicas: 2, tolerations: [{ key: 'b' }], strategy: null } })).toEqual({
      spec: { replicas: 2, tolerations: [{ key: 'b' }] },
    })
  })

  it('merges lists by key, through all levels, and puts new items before those of the server', () => {
    const target = {
      spec: {
        containers: [
          { name: 'a', image: '1', env: [{ name: 'X', value: '1' }] },
          { name: 'b', image: '1' },
        ],
      },
    }
    const change = {
      spec: {
        containers: [
          { name: 'a', env: [{ name: 'Y', value: '2' }] },
          { name: 'c', image: '3' },
        ],
      },
    }
    expect(patch(target, change)).toEqual({
      spec: {
        containers: [
          {
            name: 'a',
            image: '1',
            env: [
              { name: 'Y', value: '2' },
              { name: 'X', value: '1' },
            ],
          },
          { name: 'c', image: '3' },
          { name: 'b', image: '1' },
        ],
      },
    })
  })

  it('takes key values of any scalar type', () => {
    const target = { spec: { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'x' }] }] } }
    const change = { spec: { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'y' }] }] } }
    expect(patch(target, change)).toEqual(change)
  })

  it('unites lists of scalars and deletes from them', () => {
    const target = { metadata: { finalizers: ['a', 'b'] } }
    expect(patch(target, { metadata: { finalizers: ['c', 'a'] } })).toEqual({
      metadata: { finalizers: ['c', 'a', 'b'] },
    })
    const change = { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], '$setElementOrder/finalizers': ['b'] } }
    expect(patch(target, change)).toEqual({ metadata: { finalizers: ['b'] } })
    expect(patch({ metadata: {} }, change)).toEqual({ metadata: {} })
  })

  it('obeys $patch in objects and in lists', () => {
    const target = {
      spec: { strategy: { type: 'A', rollingUpdate: { x: 1 } }, containers: [{ name: 'a' }, { name: 'b' }] },
    }
    expect(patch(target, { spec: { strategy: { $patch: 'replace', type: 'B' } } })).toMatchObject({
      spec: { strategy: { type: 'B' }, containers: [{ name: 'a' }, { name: 'b' }] },
    })
    expect(patch(target, { spec: { strategy: { $patch: 'delete' } } })).toMatchObject({ spec: { strategy: {} } })
    expect(patch(target, { spec: { strategy: { $patch: 'merge', type: 'B' } } })).toMatchObject({
      spec: { strategy: { type: 'B', rollingUpdate: { x: 1 } } },
    })
    expect(patch(target, { spec: { containers: [{ $patch: 'delete', name: 'a' }] } })).toMatchObject({
      spec: { containers: [{ name: 'b' }] },
    })
    expect(patch(target, { spec: { containers: [{ $patch: 'replace' }, { name: 'z' }] } })).toMatchObject({
      spec: { containers: [{ name: 'z' }] },
    })
    expect(() => patch(target, { spec: { strategy: { $patch: 'burn' } } })).toThrow('unknown patch type: "burn"')
    expect(() => patch(target, { spec: { containers: [{ $patch: 'merge', name: 'a' }] } })).toThrow(
      'merging lists cannot yet',
    )
  })

  it('orders with $setElementOrder and leaves server-only items at their place', () => {
    const target = { spec: { containers: [{ name: 'a' }, { name: 'server' }, { name: 'b' }] } }
    const order = [{ name: 'b' }, { name: 'a' }]
    expect(patch(target, { spec: { '$setElementOrder/containers': order } })).toEqual({
      spec: { containers: [{ name: 'server' }, { name: 'b' }, { name: 'a' }] },
    })
    const added = {
      '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
      containers: [{ name: 'c' }],
    }
    expect(patch(target, { spec: added })).toEqual({
      spec: { containers: [{ name: 'a' }, { name: 'server' }, { name: 'b' }, { name: 'c' }] },
    })
    const wrong = {
      '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
      containers: [{ name: 'a' }, { name: 'b' }],
    }
    expect(() => patch(target, { spec: wrong })).toThrow(/doesn't match \$setElementOrder/)
  })

  it('keeps only the retained keys of a union', () => {
    const target = {
      spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { x: 1 } }, volumes: [{ name: 'v', emptyDir: {} }] },
    }
    const change = {
      spec: {
        strategy: { $retainKeys: ['type'], type: 'Recreate' },
        volumes: [{ $retainKeys: ['name', 'hostPath'], name: 'v', hostPath: { path: '/x' } }],
      },
    }
    expect(patch(target, change)).toEqual({
      spec: { strategy: { type: 'Recreate' }, volumes: [{ name: 'v', hostPath: { path: '/x' } }] },
    })
    const wrong = { spec: { strategy: { $retainKeys: ['type'], rollingUpdate: {} } } }
    expect(() => patch(target, wrong)).toThrow('retainKeys')
  })

  it('replaces a field whose strategy says so', () => {
    const target = { spec: { selector: { matchLabels: { a: '1' } } } }
    expect(patch(target, { spec: { selector: { matchLabels: { b: '2' } } } })).toEqual({
      spec: { selector: { matchLabels: { b: '2' } } },
    })
  })

  it('takes new content without directives and nulls', () => {
    const change = {
      spec: {
        '$setElementOrder/containers': [{ name: 'a' }],
        containers: [
          { name: 'a', image: null, $retainKeys: ['name'] },
          { name: 'x', $patch: 'delete' },
        ],
        strategy: { $patch: 'merge', type: 'A', rollingUpdate: null },
      },
    }
    expect(patch({}, change)).toEqual({ spec: { containers: [{ name: 'a' }], strategy: { type: 'A' } } })
  })

  it('refuses list items without the merge key', () => {
    const target = { spec: { containers: [{ name: 'a' }] } }
    expect(() => patch(target, { spec: { containers: [{ image: 'x' }] } })).toThrow(
      'does not contain declared merge key: name',
    )
    expect(() => patch(target, { spec: { containers: [{ $patch: 'delete' }] } })).toThrow('merge key')
  })

  it('returns the same object when nothing changes, and shares what it does not touch', () => {
    const target = deepFreeze({ metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'x' }] } })
    expect(patch(target, { spec: { containers: [{ name: 'a', image: 'x' }] } })).toBe(target)
    expect(patch(target, { spec: { containers: [{ name: 'a', image: 'y' }] } })['metadata']).toBe(target.metadata)
  })

  it('keeps hostile keys as data', () => {
    const change = parseJson(
      '{"__proto__":{"polluted":1},"metadata":{"labels":{"__proto__":"x","constructor":"y"}}}',
    ).value
    const result = applyStrategicMergePatch({ metadata: { labels: {} } }, change, shape)
    expect(JSON.stringify(result)).toBe(
      '{"metadata":{"labels":{"__proto__":"x","constructor":"y"}},"__proto__":{"polluted":1}}',
    )
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  it('merges lists of 20,000 items before the test times out', () => {
    const containers = Array.from({ length: 20_000 }, (_, index) => ({ name: `c${index}`, image: 'x' }))
    patch({ spec: { containers } }, { spec: { containers: containers.map((each) => ({ ...each, image: 'y' })) } })
  })
})
