import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FieldSet } from '../index.ts'
import {
  fieldPaths,
  fieldSetsEqual,
  formatFieldPath,
  intersectFieldSets,
  isEmptyFieldSet,
  parseFieldSet,
  subtractFieldSets,
  unionFieldSets,
} from '../index.ts'

const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"c"}', 'v:"x"', 'i:0')
const path = fc.array(element, { minLength: 1, maxLength: 3 })
const paths = fc.array(path, { maxLength: 8 })

function setOf(list: readonly (readonly string[])[]): FieldSet {
  let set: FieldSet = {}
  for (const each of list) {
    set = unionFieldSets(
      set,
      each.reduceRight<FieldSet>((below, part) => ({ [part]: below }), {}),
    )
  }
  return set
}
const listed = (set: FieldSet) => [...fieldPaths(set)].map((each) => each.join(' ')).toSorted()
const wanted = (list: readonly (readonly string[])[]) => [...new Set(list.map((each) => each.join(' ')))].toSorted()

describe('field sets', () => {
  it('hold exactly the paths that were put in', () => {
    fc.assert(
      fc.property(paths, (list) => {
        expect(listed(setOf(list))).toEqual(wanted(list))
      }),
      { numRuns: 500 },
    )
  })

  it('unite, subtract and intersect as sets of paths do', () => {
    fc.assert(
      fc.property(paths, paths, (a, b) => {
        const [left, right] = [setOf(a), setOf(b)]
        const inRight = new Set(wanted(b))
        expect(listed(unionFieldSets(left, right))).toEqual(wanted([...a, ...b]))
        expect(listed(subtractFieldSets(left, right))).toEqual(wanted(a).filter((each) => !inRight.has(each)))
        expect(listed(intersectFieldSets(left, right))).toEqual(wanted(a).filter((each) => inRight.has(each)))
        expect(fieldSetsEqual(left, right)).toBe(JSON.stringify(wanted(a)) === JSON.stringify(wanted(b)))
      }),
      { numRuns: 1000 },
    )
  })

  it('return their first argument when nothing changes, and never change an argument', () => {
    fc.assert(
      fc.property(paths, paths, (a, b) => {
        const [left, right] = [setOf(a), setOf(b)]
        const before = JSON.stringify([left, right])
        expect(unionFieldSets(unionFieldSets(left, right), right)).toEqual(unionFieldSets(left, right))
        expect(unionFieldSets(left, intersectFieldSets(left, right))).toBe(left)
        const rest = subtractFieldSets(left, right)
        expect(subtractFieldSets(rest, right)).toBe(rest)
        expect(isEmptyFieldSet(subtractFieldSets(left, left))).toBe(true)
        expect(JSON.stringify([left, right])).toBe(before)
      }),
      { numRuns: 500 },
    )
  })

  it('refuse what is no FieldsV1', () => {
    expect(parseFieldSet({ 'f:a': { '.': {}, 'k:{"x":1}': {} } })).toBeDefined()
    for (const bad of [1, null, [], { a: {} }, { 'f:a': 1 }, { 'k:x': {} }, { 'i:x': {} }, { __proto__x: {} }]) {
      expect(parseFieldSet(bad)).toBeUndefined()
    }
  })

  it('name paths as upstream prints them', () => {
    expect(formatFieldPath(['f:spec', 'f:containers', 'k:{"name":"c"}', 'f:image'])).toBe(
      '.spec.containers[name="c"].image',
    )
    expect(formatFieldPath(['f:ports', 'k:{"containerPort":80,"protocol":"TCP"}'])).toBe(
      '.ports[containerPort=80,protocol="TCP"]',
    )
    expect(formatFieldPath(['f:finalizers', 'v:"x"'])).toBe('.finalizers[="x"]')
  })
})
