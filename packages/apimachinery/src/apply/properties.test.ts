import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FieldSet, JsonObject, JsonValue, KubeObject, ManagedFieldsEntry } from '../index.ts'
import { applyConfiguration, deepFreeze, fieldPaths, isUnchanged, trackUpdate } from '../index.ts'
import { deployment, schemaless } from './apply.fixture.ts'

const name = fc.constantFrom('a', 'b', 'c')
const leaf = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constantFrom('x', 'y'), fc.boolean())

/** Content without nulls and empty containers, which have rules of their own. */
const free = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(leaf, { minLength: 1, maxLength: 3 }),
    fc.dictionary(name, tie('value'), { minKeys: 1, maxKeys: 3 }),
  ),
})).value
const container = fc.record(
  { name, image: fc.constantFrom('1', '2'), args: fc.array(fc.constantFrom('p', 'q'), { minLength: 1, maxLength: 2 }) },
  { requiredKeys: ['name'] },
)
const spec = fc.record(
  {
    replicas: fc.nat(3),
    paused: fc.boolean(),
    containers: fc.uniqueArray(container, { selector: (each) => each.name, minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: ['replicas'] },
)
const manager = fc.constantFrom('m1', 'm2', 'm3')

const kinds = [
  { label: 'a typed object', shape: deployment, content: spec as fc.Arbitrary<JsonValue> },
  {
    label: 'an object without a schema',
    shape: schemaless,
    content: fc.dictionary(name, free, { minKeys: 1 }) as fc.Arbitrary<JsonValue>,
  },
]

describe.each(kinds)('owning the fields of $label', ({ shape, content }) => {
  const base = { shape, apiVersion: 'x/v1', subresource: '', separateStatus: true, time: 't' }
  const body = (value: JsonValue): JsonObject =>
    deepFreeze({ apiVersion: 'x/v1', kind: 'X', metadata: { name: 'n' }, spec: value })
  const apply = (live: KubeObject | undefined, who: string, value: JsonValue, force = true) =>
    applyConfiguration({ ...base, live, config: body(value), manager: who, force })
  const store = (object: unknown, managedFields: unknown): KubeObject => {
    const { metadata, ...rest } = object as KubeObject
    return deepFreeze({ ...rest, metadata: { ...metadata, managedFields } }) as KubeObject
  }
  const specOf = (object: unknown): unknown => (object as { spec?: unknown }).spec

  it('what one manager applied last is all there is', () => {
    fc.assert(
      fc.property(content, content, (first, second) => {
        const one = apply(undefined, 'm1', first)
        const two = apply(store(one.object, one.managedFields), 'm1', second)
        expect(specOf(two.object)).toEqual(second)
        expect(two.managedFields).toEqual(apply(undefined, 'm1', second).managedFields)
      }),
      { numRuns: 300 },
    )
  })

  it('whoever writes how, owners own only what exists, appliers all they said, and repeating changes nothing', () => {
    const step = fc.record({ who: manager, value: content, how: fc.constantFrom('apply', 'update') })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
        let live: KubeObject | undefined
        for (const { who, value, how } of steps) {
          if (how === 'apply') {
            const applied = apply(live, who, value)
            live = store(applied.object, applied.managedFields)
            expect(isUnchanged(live, apply(live, who, value, false))).toBe(true)
            expect(merged(specOf(live), value)).toBe(true)
          } else {
            const next = { ...live, ...body(value) } as unknown as KubeObject
            live = store(next, trackUpdate({ ...base, old: live, next, manager: who }))
            expect(specOf(live)).toEqual(value)
          }
          const { fields, exists } = inventory(live)
          for (const path of fields) expect(exists(path), path.join(' ')).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })
})

/** True when everything that `part` says is so in `whole`. */
function merged(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part)) {
    if (!Array.isArray(whole)) return false
    return part.every((item) =>
      typeof item === 'object' ? whole.some((each) => merged(each, item)) : whole.includes(item),
    )
  }
  if (typeof part !== 'object' || part === null) return whole === part
  return Object.entries(part).every(([key, value]) => merged(Object(whole)[key], value))
}

function inventory(object: KubeObject): {
  fields: (readonly string[])[]
  exists: (path: readonly string[]) => boolean
} {
  const entries = (object.metadata.managedFields ?? []) as ManagedFieldsEntry[]
  const exists = (path: readonly string[]): boolean => {
    let value: unknown = object
    for (const element of path) {
      if (element.startsWith('f:')) {
        value = Object(value)[element.slice(2)]
      } else {
        const key = JSON.parse(element.slice(2)) as { name: string }
        value = Array.isArray(value) ? value.find((each: { name: string }) => each.name === key.name) : undefined
      }
    }
    return value !== undefined
  }
  return { fields: entries.flatMap((entry) => [...fieldPaths(entry.fieldsV1 as FieldSet)]), exists }
}
