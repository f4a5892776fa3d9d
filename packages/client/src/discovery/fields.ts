import { isPlainObject } from '@kairship/apimachinery'
import type { DiscoveredResource } from './types.ts'

// Discovery documents come from any server: what is missing or of another type reads as empty.

export function objects(value: unknown): readonly { readonly [key: string]: unknown }[] {
  return Array.isArray(value) ? value.filter(isPlainObject) : []
}

export function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Fills in the singular name, which old servers leave empty. */
export function resource(given: DiscoveredResource): DiscoveredResource {
  return given.singular === '' ? { ...given, singular: given.kind.toLowerCase() } : given
}
