/**
 * A set of field paths in the form in which it is stored (FieldsV1): an object of path elements (`f:spec`,
 * `k:{"name":"c"}`, `v:"x"`, `i:0`), each holding the set below it. An element is itself in the set when it holds nothing
 * or holds `.`. Sets are never changed; operations return their first argument when the result equals it, which makes
 * "nothing new" cheap to see.
 */
export type FieldSet = { readonly [element: string]: FieldSet }

type Draft = { [element: string]: FieldSet }

const SELF = '.'

/** Nothing at the root; exactly one path when it stands below an element. */
export const emptyFieldSet: FieldSet = Object.freeze({})

export function isEmptyFieldSet(set: FieldSet): boolean {
  for (const _ in set) return false
  return true
}

/** Whether the path that leads to this node is in the set. */
export function isMember(node: FieldSet): boolean {
  return node[SELF] !== undefined || isEmptyFieldSet(node)
}

/** The node below an element that is in the set itself. */
export function withSelf(children: FieldSet | undefined): FieldSet {
  if (children === undefined || hasNoChildren(children)) return emptyFieldSet
  return children[SELF] === undefined ? { [SELF]: emptyFieldSet, ...children } : children
}

function hasNoChildren(node: FieldSet): boolean {
  for (const element in node) if (element !== SELF) return false
  return true
}

export function unionFieldSets(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right) return left
  let result: Draft | undefined
  for (const element in right) {
    const added = right[element]
    if (added === undefined || element === SELF) continue
    const known = left[element]
    const merged = known === undefined ? added : unionNodes(known, added)
    if (merged !== known) (result ??= { ...left })[element] = merged
  }
  return result ?? left
}

function unionNodes(left: FieldSet, right: FieldSet): FieldSet {
  const merged = unionFieldSets(left, right)
  const member = isMember(left) || isMember(right)
  if (!member) return merged
  // Having got children, a leaf must say that it is a member itself.
  return isMember(merged) ? merged : withSelf(merged)
}

/** The paths of `left` that are not in `right`. */
export function subtractFieldSets(left: FieldSet, right: FieldSet): FieldSet {
  let result: Draft | undefined
  for (const element in right) {
    const node = left[element]
    const gone = right[element]
    if (node === undefined || gone === undefined || element === SELF) continue
    const rest = subtractNodes(node, gone)
    if (rest === node) continue
    result ??= { ...left }
    if (rest === undefined) delete result[element]
    else result[element] = rest
  }
  return result ?? left
}

function subtractNodes(left: FieldSet, right: FieldSet): FieldSet | undefined {
  const wasMember = isMember(left)
  const member = wasMember && !isMember(right)
  const children = subtractFieldSets(left, right)
  if (member === wasMember && children === left) return left
  if (member) return withSelf(children)
  if (children[SELF] === undefined) return isEmptyFieldSet(children) ? undefined : children
  const { [SELF]: _self, ...rest } = children
  return isEmptyFieldSet(rest) ? undefined : rest
}

/** The paths that are in both. */
export function intersectFieldSets(left: FieldSet, right: FieldSet): FieldSet {
  const result: Draft = {}
  for (const element in left) {
    const a = left[element]
    const b = right[element]
    if (a === undefined || b === undefined || element === SELF) continue
    const children = intersectFieldSets(a, b)
    if (isMember(a) && isMember(b)) result[element] = withSelf(children)
    else if (!isEmptyFieldSet(children)) result[element] = children
  }
  return result
}

export function fieldSetsEqual(left: FieldSet, right: FieldSet): boolean {
  return left === right || (unionFieldSets(left, right) === left && unionFieldSets(right, left) === right)
}

/** Every path of the set as its elements, parents before children. */
export function* fieldPaths(set: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  const elements = Object.keys(set).filter((element) => element !== SELF)
  const members = elements.filter((element) => isMember(set[element] ?? emptyFieldSet))
  for (const element of members) yield [...prefix, element]
  for (const element of elements) {
    const node = set[element]
    if (node !== undefined) yield* fieldPaths(node, [...prefix, element])
  }
}

/** Reads `fieldsV1` as a client may send it; undefined when it is none. */
export function parseFieldSet(value: unknown, depth = 0): FieldSet | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > 200) return undefined
  for (const element of Object.keys(value)) {
    if (element !== SELF && !/^(?:f:|k:\{.*\}$|v:|i:\d+$)/s.test(element)) return undefined
    const node: unknown = Reflect.get(value, element)
    if (parseFieldSet(node, depth + 1) === undefined) return undefined
  }
  return value as FieldSet
}
