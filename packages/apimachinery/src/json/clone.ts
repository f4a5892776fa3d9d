import { isRawJson } from './raw.ts'

type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T

/** A copy of a JSON tree that the caller may edit. Raw integers are shared (they are immutable). */
export function deepClone<T>(value: T): Mutable<T> {
  return copy(value) as Mutable<T>
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const array: unknown[] = value.slice()
    for (let index = 0; index < array.length; index++) {
      const item = array[index]
      if (typeof item === 'object' && item !== null) array[index] = copy(item)
    }
    return array
  }
  if (isRawJson(value)) return value
  // The spread defines own properties, `__proto__` included; assigning to a property that is own already stays own.
  const object: { [key: string]: unknown } = { ...value }
  for (const key in object) {
    const item = object[key]
    if (typeof item === 'object' && item !== null) object[key] = copy(item)
  }
  return object
}

/**
 * Freezes a tree and returns it. A part that is frozen already is taken to be frozen all the way down, so putting a new
 * root over shared frozen parts is cheap.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) freeze(value)
  return value
}

function freeze(value: object): void {
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null && !Object.isFrozen(item)) freeze(item)
  } else {
    const members = value as { readonly [key: string]: unknown }
    for (const key in members) {
      const item = members[key]
      if (typeof item === 'object' && item !== null && !Object.isFrozen(item)) freeze(item)
    }
  }
  Object.freeze(value)
}
