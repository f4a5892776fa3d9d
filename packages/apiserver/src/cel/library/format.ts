import {
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelValue,
  validateQualifiedName,
} from '@kairship/apimachinery'
import { formats } from '../../crd/schema/formats.ts'
import type { Meter } from '../program/meter.ts'
import { Opaque, Optional, ValueList } from '../values/value.ts'
import { define, type Overload, traverse } from './overload.ts'

type Check = (value: string) => readonly string[]

class FormatValue extends Opaque {
  readonly type = 'kubernetes.NamedFormat'
  readonly name: string
  readonly check: Check
  constructor(name: string, check: Check) {
    super()
    this.name = name
    this.check = check
  }
  equals(other: Opaque): boolean {
    return other instanceof FormatValue && other.name === this.name
  }
}

/** Names that end in `-` are made complete by the server. */
function prefix(check: Check): Check {
  return (value) => check(value.endsWith('-') ? `${value.slice(0, -1)}a` : value)
}
function known(name: string): Check {
  return (value) => (formats[name]?.(value) === false ? [`does not match the ${name} format`] : [])
}

const checks: { readonly [name: string]: Check } = {
  dns1123Label: validateDns1123Label,
  dns1123Subdomain: validateDns1123Subdomain,
  dns1035Label: validateDns1035Label,
  qualifiedName: validateQualifiedName,
  dns1123LabelPrefix: prefix(validateDns1123Label),
  dns1123SubdomainPrefix: prefix(validateDns1123Subdomain),
  dns1035LabelPrefix: prefix(validateDns1035Label),
  labelValue: validateLabelValue,
  uri: known('uri'),
  uuid: known('uuid'),
  byte: known('byte'),
  date: known('date'),
  datetime: known('datetime'),
}

const F = 'kubernetes.NamedFormat'
const scan = { cost: (_format = 0, text = 0) => 1 + traverse(text) }

export const formatOverloads: readonly Overload[] = [
  ...Object.entries(checks).map(([name, check]) =>
    define(`format.${name}(): ${F}`, () => new FormatValue(name, check)),
  ),
  define(`format.named(string): optional<${F}>`, (name: string) => {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    return new Optional(check === undefined ? undefined : new FormatValue(name, check))
  }),
  define(
    `${F}.validate(string): optional<list<string>>`,
    (format: FormatValue, text: string, meter: Meter) => {
      meter.work(text.length)
      const problems = format.check(text)
      return new Optional(problems.length === 0 ? undefined : new ValueList(problems))
    },
    scan,
  ),
]
