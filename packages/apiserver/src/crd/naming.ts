import { at, items, strings, text } from '../builtin/fields.ts'
import type { Fields } from '../builtin/fields.ts'
import type { Crd } from './definition.ts'

export interface NameConflict {
  readonly reason: string
  readonly message: string
}

/** What becomes of the names a CRD asks for. */
export interface SettledNames {
  /** `status.acceptedNames`: a name that is taken leaves the one accepted before. */
  readonly accepted: Fields
  /** The last one, as upstream reports only one of several. */
  readonly conflict: NameConflict | undefined
}

/** Each name of a CRD is accepted for itself, unless another CRD of the group was accepted with it. */
export function settleNames(crd: Crd, others: Iterable<Crd>): SettledNames {
  const spec = at(crd, 'spec')
  const wanted = at(spec, 'names')
  const before = at(at(crd, 'status'), 'acceptedNames')
  const { resources, kinds } = takenNames(crd, text(spec, 'group'), others)
  const { categories: _categories, shortNames: oldShort, ...single } = before
  const accepted: Fields = { plural: '', kind: '', ...single }
  let conflict: NameConflict | undefined
  const settle = (key: string, taken: ReadonlySet<string>, reason: string): void => {
    const name = text(wanted, key)
    if (name !== text(before, key) && taken.has(name)) conflict = { reason, message: inUse(name) }
    else if (wanted[key] === undefined) delete accepted[key]
    else accepted[key] = name
  }
  settle('plural', resources, 'PluralConflict')
  settle('singular', resources, 'SingularConflict')
  const short = strings(wanted, 'shortNames')
  const mine = new Set([...strings(before, 'shortNames'), text(before, 'plural'), text(before, 'singular')])
  const clashes = short.filter((name) => !mine.has(name) && resources.has(name)).map(inUse)
  if (clashes.length > 0) {
    const message = clashes.length === 1 ? (clashes[0] ?? '') : `[${clashes.join(', ')}]`
    conflict = { reason: 'ShortNamesConflict', message }
    if (oldShort !== undefined) accepted['shortNames'] = oldShort
  } else if (wanted['shortNames'] !== undefined) accepted['shortNames'] = short
  settle('kind', kinds, 'KindConflict')
  settle('listKind', kinds, 'ListKindConflict')
  if (wanted['categories'] !== undefined) accepted['categories'] = strings(wanted, 'categories')
  return { accepted, conflict }
}

function inUse(name: string): string {
  return `${JSON.stringify(name)} is already in use`
}

/** What the other CRDs of the group were accepted with. */
function takenNames(
  crd: Crd,
  group: string,
  others: Iterable<Crd>,
): { readonly resources: ReadonlySet<string>; readonly kinds: ReadonlySet<string> } {
  const resources = new Set<string>()
  const kinds = new Set<string>()
  for (const other of others) {
    if (other.metadata.uid === crd.metadata.uid || text(at(other, 'spec'), 'group') !== group) continue
    const accepted = at(at(other, 'status'), 'acceptedNames')
    for (const key of ['plural', 'singular']) resources.add(text(accepted, key))
    for (const name of strings(accepted, 'shortNames')) resources.add(name)
    for (const key of ['kind', 'listKind']) kinds.add(text(accepted, key))
  }
  resources.delete('')
  kinds.delete('')
  return { resources, kinds }
}

export function isTrue(crd: Crd, type: string): boolean {
  return items(at(crd, 'status'), 'conditions').some(
    (condition) => condition['type'] === type && condition['status'] === 'True',
  )
}
