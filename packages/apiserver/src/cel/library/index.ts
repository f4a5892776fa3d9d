import { formatOverloads } from './format.ts'
import { listOverloads } from './lists.ts'
import { networkOverloads } from './network.ts'
import { numberOverloads } from './numbers.ts'
import type { Overload } from './overload.ts'
import { quantityOverloads } from './quantity.ts'
import { regexOverloads } from './regex.ts'
import { semverOverloads } from './semver.ts'
import { optionalOverloads, setOverloads } from './sets.ts'
import { stringOverloads } from './strings.ts'
import { timeOverloads } from './time.ts'
import { urlOverloads } from './url.ts'

/** Every function by name; methods as `.name`. */
export const library: ReadonlyMap<string, readonly Overload[]> = byName([
  ...numberOverloads,
  ...stringOverloads,
  ...listOverloads,
  ...timeOverloads,
  ...setOverloads,
  ...optionalOverloads,
  ...regexOverloads,
  ...quantityOverloads,
  ...networkOverloads,
  ...urlOverloads,
  ...semverOverloads,
  ...formatOverloads,
])

function byName(overloads: readonly Overload[]): ReadonlyMap<string, readonly Overload[]> {
  return Map.groupBy(overloads, ({ name, member }) => (member ? `.${name}` : name))
}
