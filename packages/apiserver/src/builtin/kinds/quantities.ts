import { isQuantity, parseQuantity } from '@kairship/apimachinery'
import type { Quantity } from '@kairship/apimachinery'
import { at, type ReadonlyFields } from '../fields.ts'

export function readQuantity(value: unknown): Quantity | undefined {
  return isQuantity(value) ? parseQuantity(value) : undefined
}

/** A map from resource name to quantity; members that are none are left out (the decoder has refused them). */
export function quantities(parent: ReadonlyFields, key: string): ReadonlyMap<string, Quantity> {
  const out = new Map<string, Quantity>()
  for (const [name, value] of Object.entries(at(parent, key))) {
    const quantity = readQuantity(value)
    if (quantity !== undefined) out.set(name, quantity)
  }
  return out
}

export function isPositive(value: unknown): boolean {
  return (readQuantity(value)?.nano ?? 0n) > 0n
}
