import { own } from './plain.ts'
import { isRawJson } from './raw.ts'

/**
 * The same JSON: key order does not matter, a member that is `undefined` is absent, raw integers compare by their digits.
 */
export function deepEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || left === null) return isRawJson(right) && rawEquals(right.rawJSON, left)
  if (typeof right !== 'object' || right === null) return isRawJson(left) && rawEquals(left.rawJSON, right)
  if (Array.isArray(left)) return Array.isArray(right) && arraysEqual(left, right)
  if (Array.isArray(right)) return false
  if (JSON.isRawJSON(left)) return JSON.isRawJSON(right) && left.rawJSON === right.rawJSON
  if (JSON.isRawJSON(right)) return false
  return objectsEqual(asMembers(left), asMembers(right))
}

type Members = { readonly [key: string]: unknown }

function asMembers(object: object): Members {
  return object as Members
}

function rawEquals(raw: string, other: unknown): boolean {
  // A number prints its shortest digits, which need not be its exact ones.
  return (
    typeof other === 'number' && Number.isInteger(other) && (String(other) === raw || BigInt(other) === BigInt(raw))
  )
}

function arraysEqual(left: readonly unknown[], right: readonly unknown[]): boolean {
  if (left.length !== right.length) return false
  for (let index = 0; index < left.length; index++) {
    const a = left[index]
    const b = right[index]
    if (a !== b && !deepEqual(a, b)) return false
  }
  return true
}

function objectsEqual(left: Members, right: Members): boolean {
  let present = 0
  for (const key in left) {
    const a = left[key]
    if (a === undefined) continue
    present++
    const b = own(right, key)
    if (a !== b && (b === undefined || !deepEqual(a, b))) return false
  }
  for (const key in right) {
    if (right[key] !== undefined) present--
  }
  return present === 0
}
