import { at, items, strings, text } from '../builtin/fields.ts'
import type { ReadonlyFields } from '../builtin/fields.ts'
import type { Crd } from './definition.ts'

export interface NameConflict {
  readonly reason: string
  readonly message: string
}

/** Why the CRD may not have its names: another CRD of the group was accepted with one of them. */
export function nameConflict(crd: Crd, others: Iterable<Crd>): NameConflict | undefined {
  const spec = at(crd, 'spec')
  const group = text(spec, 'group')
  const resourceNames = new Set<string>()
  const kinds = new Set<string>()
  for (const other of others) {
    if (other.metadata.uid === crd.metadata.uid || text(at(other, 'spec'), 'group') !== group) continue
    const accepted = at(at(other, 'status'), 'acceptedNames')
    for (const key of ['plural', 'singular']) resourceNames.add(text(accepted, key))
    for (const short of strings(accepted, 'shortNames')) resourceNames.add(short)
    for (const key of ['kind', 'listKind']) kinds.add(text(accepted, key))
  }
  return firstTaken(at(spec, 'names'), resourceNames, kinds)
}

function firstTaken(
  names: ReadonlyFields,
  resourceNames: ReadonlySet<string>,
  kinds: ReadonlySet<string>,
): NameConflict | undefined {
  const inUse = (reason: string, name: string): NameConflict => ({
    reason,
    message: `${JSON.stringify(name)} is already in use`,
  })
  const plural = text(names, 'plural')
  if (resourceNames.has(plural)) return inUse('PluralConflict', plural)
  const singular = text(names, 'singular')
  if (singular !== '' && resourceNames.has(singular)) return inUse('SingularConflict', singular)
  const short = strings(names, 'shortNames').find((name) => resourceNames.has(name))
  if (short !== undefined) return inUse('ShortNamesConflict', short)
  const kind = text(names, 'kind')
  if (kinds.has(kind)) return inUse('KindConflict', kind)
  const listKind = text(names, 'listKind')
  return listKind !== '' && kinds.has(listKind) ? inUse('ListKindConflict', listKind) : undefined
}

export function isTrue(crd: Crd, type: string): boolean {
  return items(at(crd, 'status'), 'conditions').some(
    (condition) => condition['type'] === type && condition['status'] === 'True',
  )
}
