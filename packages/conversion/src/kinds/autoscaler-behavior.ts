import { isQuantity } from '@kairship/apimachinery'
import { type Fields, parseFields, parseFieldsList } from '../fields.ts'

// Upstream writes its internal Go type into the annotation: capitalised keys, and null for what is unset.

/** `spec.behavior` of v2 as the annotation of v1 holds it. */
export function behaviorToAnnotation(behavior: Fields): string {
  return JSON.stringify({
    ScaleUp: rulesToGo(parseFields(behavior['scaleUp'])),
    ScaleDown: rulesToGo(parseFields(behavior['scaleDown'])),
  })
}

function rulesToGo(rules: Fields | undefined): Fields | null {
  if (rules === undefined) return null
  const policies = parseFieldsList(rules['policies'])
  return {
    StabilizationWindowSeconds: rules['stabilizationWindowSeconds'] ?? null,
    SelectPolicy: rules['selectPolicy'] ?? null,
    Policies:
      policies?.map((policy) => ({
        Type: policy['type'],
        Value: policy['value'],
        PeriodSeconds: policy['periodSeconds'],
      })) ?? null,
    Tolerance: rules['tolerance'] ?? null,
  }
}

/** The inverse; `undefined` when it says nothing or is not what a server wrote. */
export function behaviorFromAnnotation(value: unknown): Fields | undefined {
  const behavior = parseFields(value)
  if (behavior === undefined) return undefined
  const out: Fields = {}
  for (const key of ['scaleUp', 'scaleDown']) {
    const side = member(behavior, key)
    if (side === undefined) continue
    const rules = rulesFromGo(side)
    if (rules === undefined) return undefined
    out[key] = rules
  }
  return Object.keys(out).length === 0 ? undefined : out
}

const ruleMembers: readonly (readonly [string, (value: unknown) => boolean])[] = [
  ['stabilizationWindowSeconds', Number.isInteger],
  ['selectPolicy', isText],
  ['policies', Array.isArray],
  ['tolerance', isQuantity],
]
const policyMembers: readonly (readonly [string, (value: unknown) => boolean])[] = [
  ['type', isText],
  ['value', Number.isInteger],
  ['periodSeconds', Number.isInteger],
]

function rulesFromGo(value: unknown): Fields | undefined {
  const rules = membersFromGo(value, ruleMembers)
  if (rules === undefined || rules['policies'] === undefined) return rules
  const policies = parseFieldsList(rules['policies'])?.map((policy) => membersFromGo(policy, policyMembers))
  if (policies === undefined || policies.includes(undefined)) return undefined
  return { ...rules, policies }
}

function membersFromGo(
  value: unknown,
  members: readonly (readonly [string, (value: unknown) => boolean])[],
): Fields | undefined {
  const source = parseFields(value)
  if (source === undefined) return undefined
  const out: Fields = {}
  for (const [name, fits] of members) {
    const found = member(source, name)
    if (found === undefined) continue
    if (!fits(found)) return undefined
    out[name] = found
  }
  return out
}

/** Go's decoder does not look at the case of keys, and reads null as unset. */
function member(source: Fields, name: string): unknown {
  const key = Object.keys(source).find((candidate) => candidate.toLowerCase() === name.toLowerCase())
  return key === undefined ? undefined : (source[key] ?? undefined)
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}
