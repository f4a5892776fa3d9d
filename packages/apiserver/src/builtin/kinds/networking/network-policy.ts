import type { KindRules } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, ensure, integer, items, type ReadonlyFields, setDefault, strings, text } from '../../fields.ts'
import { isStrictSubset, parseCidr, validateCidr } from '../addresses.ts'
import { protocols, validatePortName, validatePortNumber } from '../ports.ts'
import { validateSelector } from '../selector.ts'

const directions = [
  ['ingress', 'from'],
  ['egress', 'to'],
] as const
const policyTypes = ['Ingress', 'Egress']

export const networkPolicyRules: KindRules = {
  defaults: (draft) => {
    const spec = ensure(draft, 'spec')
    ensure(spec, 'podSelector')
    // A policy without types isolates what is named, and egress only when it has such rules.
    if (strings(spec, 'policyTypes').length === 0) {
      spec['policyTypes'] = items(spec, 'egress').length > 0 ? [...policyTypes] : ['Ingress']
    }
    for (const [direction] of directions) {
      for (const rule of items(spec, direction)) {
        for (const port of items(rule, 'ports')) setDefault(port, 'protocol', 'TCP')
      }
    }
  },
  validate: (policy, errors) => {
    const spec = at(policy, 'spec')
    validateSelector(at(spec, 'podSelector'), 'spec.podSelector', errors)
    for (const [direction, peers] of directions) {
      for (const [index, rule] of items(spec, direction).entries()) {
        validateRule(rule, peers, `spec.${direction}[${index}]`, errors)
      }
    }
    const types = strings(spec, 'policyTypes')
    if (types.length > policyTypes.length) {
      errors.invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')
      return
    }
    for (const [index, type] of types.entries()) {
      if (!policyTypes.includes(type)) errors.notSupported(`spec.policyTypes[${index}]`, type, policyTypes)
    }
  },
}

function validateRule(rule: ReadonlyFields, peers: string, path: string, errors: FieldErrors): void {
  for (const [index, port] of items(rule, 'ports').entries()) validatePort(port, `${path}.ports[${index}]`, errors)
  for (const [index, peer] of items(rule, peers).entries()) validatePeer(peer, `${path}.${peers}[${index}]`, errors)
}

function validatePort(port: ReadonlyFields, path: string, errors: FieldErrors): void {
  errors.oneOf(`${path}.protocol`, port['protocol'], protocols)
  const end = integer(port, 'endPort')
  const value = port['port']
  if (typeof value === 'number') {
    validatePortNumber(value, `${path}.port`, errors)
    if (end === undefined) return
    if (end < value) errors.invalid(`${path}.endPort`, end, 'must be greater than or equal to `port`')
    validatePortNumber(end, `${path}.endPort`, errors)
  } else if (typeof value === 'string') {
    if (end !== undefined) errors.invalid(`${path}.endPort`, end, 'may not be specified when `port` is non-numeric')
    validatePortName(value, `${path}.port`, errors)
  } else if (end !== undefined) {
    errors.invalid(`${path}.endPort`, end, 'may not be specified when `port` is not specified')
  }
}

function validatePeer(peer: ReadonlyFields, path: string, errors: FieldErrors): void {
  const selectors = ['podSelector', 'namespaceSelector'].filter((key) => child(peer, key) !== undefined)
  for (const key of selectors) validateSelector(at(peer, key), `${path}.${key}`, errors)
  const block = child(peer, 'ipBlock')
  if (block !== undefined) validateBlock(block, `${path}.ipBlock`, errors)
  if (block === undefined && selectors.length === 0) errors.required(path, 'must specify a peer')
  if (block !== undefined && selectors.length > 0) {
    errors.forbidden(path, 'may not specify both ipBlock and another peer')
  }
}

function validateBlock(block: ReadonlyFields, path: string, errors: FieldErrors): void {
  const value = text(block, 'cidr')
  if (value === '') {
    errors.required(`${path}.cidr`)
    return
  }
  validateCidr(value, `${path}.cidr`, errors)
  const cidr = parseCidr(value)
  if (cidr === undefined) return
  for (const [index, except] of strings(block, 'except').entries()) {
    const field = `${path}.except[${index}]`
    validateCidr(except, field, errors)
    const inner = parseCidr(except)
    if (inner !== undefined && !isStrictSubset(inner, cidr)) {
      errors.invalid(field, except, 'must be a strict subset of `cidr`')
    }
  }
}
