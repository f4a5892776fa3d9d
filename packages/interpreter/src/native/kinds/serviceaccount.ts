import { withPath } from '@kairship/apimachinery'
import { listAt, stringAt } from '../../fields.ts'
import type { Obj } from '../../interpretations.ts'
import type { NativeRules } from '../rules.ts'

/** Desired entries in order, then those that only the member has. Nothing on either side leaves the field out. */
function union(desired: Obj, observed: Obj, field: 'secrets' | 'imagePullSecrets'): Obj {
  const wanted = listAt(desired, field)
  const names = new Set(wanted.map((entry) => stringAt(entry, 'name')))
  const all = [...wanted, ...listAt(observed, field).filter((entry) => !names.has(stringAt(entry, 'name')))]
  return all.length === 0 ? desired : withPath(desired, [field], all)
}

export const serviceAccount: NativeRules = {
  retain: ({ desired, observed }) => union(union(desired, observed, 'secrets'), observed, 'imagePullSecrets'),
}
