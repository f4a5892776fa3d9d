import { deepEqual, validateDns1123Label, validateDns1123Subdomain } from '@kairship/apimachinery'
import { isIP } from 'node:net'
import type { KindRules, ObjectView } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, ensure, integer, items, setDefault, setMissing, strings, text } from '../../fields.ts'
import type { ReadonlyFields } from '../../fields.ts'
import { validateSelector } from '../selector.ts'

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']
const protocols = ['SCTP', 'TCP', 'UDP']

const ingressRules: KindRules = {
  prepareForCreate: (draft) => {
    draft['status'] = { loadBalancer: {} }
  },
  validate: (ingress, errors) => {
    const spec = at(ingress, 'spec')
    const fallback = child(spec, 'defaultBackend')
    if (fallback !== undefined) validateBackend(fallback, 'spec.defaultBackend', errors)
    const rules = items(spec, 'rules')
    if (rules.length === 0 && fallback === undefined) {
      errors.invalid('spec', spec, 'either `defaultBackend` or `rules` must be specified')
    }
    for (const [index, rule] of rules.entries()) validateIngressRule(rule, `spec.rules[${index}]`, errors)
    const className = text(spec, 'ingressClassName')
    if (className !== '') {
      for (const problem of validateDns1123Subdomain(className)) {
        errors.invalid('spec.ingressClassName', className, problem)
      }
    }
  },
}

function validateIngressRule(rule: ReadonlyFields, path: string, errors: FieldErrors): void {
  const host = text(rule, 'host')
  if (host !== '') {
    if (isIP(host) !== 0) errors.invalid(`${path}.host`, host, 'must be a DNS name, not an IP address')
    else {
      const name = host.startsWith('*.') ? host.slice(2) : host
      for (const problem of validateDns1123Subdomain(name)) errors.invalid(`${path}.host`, host, problem)
    }
  }
  const http = child(rule, 'http')
  if (http === undefined) return
  const paths = items(http, 'paths')
  if (paths.length === 0) errors.required(`${path}.http.paths`)
  for (const [index, item] of paths.entries()) {
    const where = `${path}.http.paths[${index}]`
    const pathType = text(item, 'pathType')
    if (pathType === '') errors.required(`${where}.pathType`, 'pathType must be specified')
    else errors.oneOf(`${where}.pathType`, pathType, pathTypes)
    const value = text(item, 'path')
    const absolute = pathType === 'Exact' || pathType === 'Prefix' || value !== ''
    if (absolute && !value.startsWith('/')) errors.invalid(`${where}.path`, value, 'must be an absolute path')
    validateBackend(at(item, 'backend'), `${where}.backend`, errors)
  }
}

function validateBackend(backend: ReadonlyFields, path: string, errors: FieldErrors): void {
  const service = child(backend, 'service')
  const resource = child(backend, 'resource')
  if (service !== undefined && resource !== undefined) {
    errors.invalid(path, '', 'cannot set both resource and service backends')
  } else if (service !== undefined) {
    if (text(service, 'name') === '') errors.required(`${path}.service.name`)
    const port = at(service, 'port')
    const name = text(port, 'name')
    const number = integer(port, 'number') ?? 0
    if (name !== '' && number !== 0) errors.invalid(path, '', 'cannot set both port name & port number')
    else if (name === '' && (number < 1 || number > 65535)) {
      if (number === 0) errors.required(`${path}.service`, 'port name or number is required')
      else errors.invalid(`${path}.service.port.number`, number, 'must be between 1 and 65535, inclusive')
    }
  } else if (resource === undefined) errors.invalid(path, '', 'resource or service backend is required')
}

const networkPolicyRules: KindRules = {
  defaults: (draft) => {
    const spec = ensure(draft, 'spec')
    setMissing(spec, 'podSelector', {})
    if (strings(spec, 'policyTypes').length === 0) {
      spec['policyTypes'] = items(spec, 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress']
    }
    for (const direction of ['ingress', 'egress']) {
      for (const rule of items(spec, direction)) {
        for (const port of items(rule, 'ports')) setDefault(port, 'protocol', 'TCP')
      }
    }
  },
  validate: (policy, errors) => {
    const spec = at(policy, 'spec')
    validateSelector(at(spec, 'podSelector'), 'spec.podSelector', errors)
    for (const [direction, peers] of [
      ['ingress', 'from'],
      ['egress', 'to'],
    ] as const) {
      for (const [index, rule] of items(spec, direction).entries()) {
        validatePolicyRule(rule, peers, `spec.${direction}[${index}]`, errors)
      }
    }
    for (const [index, type] of strings(spec, 'policyTypes').entries()) {
      errors.oneOf(`spec.policyTypes[${index}]`, type, ['Egress', 'Ingress'])
    }
  },
}

function validatePolicyRule(rule: ReadonlyFields, peers: string, path: string, errors: FieldErrors): void {
  for (const [index, port] of items(rule, 'ports').entries()) {
    errors.oneOf(`${path}.ports[${index}].protocol`, port['protocol'], protocols)
  }
  for (const [index, peer] of items(rule, peers).entries()) {
    const where = `${path}.${peers}[${index}]`
    const block = child(peer, 'ipBlock')
    const selectors = ['podSelector', 'namespaceSelector'].filter((key) => peer[key] !== undefined)
    if (block !== undefined && selectors.length > 0) {
      errors.forbidden(where, 'may not specify both ipBlock and another peer')
    } else if (block === undefined && selectors.length === 0) errors.required(where, 'must specify a peer')
    for (const key of selectors) validateSelector(at(peer, key), `${where}.${key}`, errors)
  }
}

const addressTypes = ['FQDN', 'IPv4', 'IPv6']
const sliceRules: KindRules = {
  defaults: (draft) => {
    for (const port of items(draft, 'ports')) {
      setMissing(port, 'name', '')
      setMissing(port, 'protocol', 'TCP')
    }
    for (const endpoint of items(draft, 'endpoints')) setMissing(endpoint, 'conditions', {})
  },
  validate: (slice, errors) => {
    const type = text(slice, 'addressType')
    if (type === '') errors.required('addressType')
    else errors.oneOf('addressType', type, addressTypes)
    for (const [index, endpoint] of items(slice, 'endpoints').entries()) {
      const path = `endpoints[${index}].addresses`
      const addresses = strings(endpoint, 'addresses')
      if (addresses.length === 0) errors.required(path, 'must contain at least 1 address')
      if (addresses.length > 100) errors.tooMany(path, addresses.length, 100)
      if (type === 'FQDN') continue
      const family = type === 'IPv6' ? 6 : 4
      for (const [position, address] of addresses.entries()) {
        if (isIP(address) === family) continue
        const detail = `must be an ${type} address`
        errors.invalid(`${path}[${position}]`, address, detail)
      }
    }
  },
  validateUpdate: (slice, old, errors) => {
    if (slice['addressType'] !== old['addressType']) {
      errors.invalid('addressType', slice['addressType'], 'field is immutable')
    }
  },
}

const endpointsRules: KindRules = {
  defaults: (draft) => {
    for (const subset of items(draft, 'subsets')) {
      for (const port of items(subset, 'ports')) setDefault(port, 'protocol', 'TCP')
    }
  },
  validate: (endpoints, errors) => {
    for (const [index, subset] of items(endpoints, 'subsets').entries()) {
      validateSubset(subset, `subsets[${index}]`, errors)
    }
  },
}

function validateSubset(subset: ReadonlyFields, path: string, errors: FieldErrors): void {
  const addresses = items(subset, 'addresses')
  const notReady = items(subset, 'notReadyAddresses')
  if (addresses.length === 0 && notReady.length === 0) {
    errors.required(path, 'must specify `addresses` or `notReadyAddresses`')
  }
  for (const [index, address] of addresses.entries()) {
    const ip = text(address, 'ip')
    if (isIP(ip) !== 0) continue
    const detail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
    errors.invalid(`${path}.addresses[${index}].ip`, ip, detail)
  }
  const ports = items(subset, 'ports')
  for (const [index, port] of ports.entries()) {
    const name = text(port, 'name')
    if (ports.length > 1 && name === '') errors.required(`${path}.ports[${index}].name`)
    if (name === '') continue
    for (const problem of validateDns1123Label(name)) errors.invalid(`${path}.ports[${index}].name`, name, problem)
  }
}

function specIsImmutable(object: ObjectView, old: ObjectView, key: string, errors: FieldErrors): void {
  const now = at(object, 'spec')[key]
  if (!deepEqual(now, at(old, 'spec')[key])) errors.invalid(`spec.${key}`, now ?? null, 'field is immutable')
}

export const networkRules: { readonly [key: string]: KindRules } = {
  'networking.k8s.io/Ingress': ingressRules,
  'networking.k8s.io/IngressClass': {
    defaults: (draft) => {
      const parameters = child(at(draft, 'spec'), 'parameters')
      if (parameters !== undefined) setMissing(parameters, 'scope', 'Cluster')
    },
    validateUpdate: (ingressClass, old, errors) => specIsImmutable(ingressClass, old, 'controller', errors),
  },
  'networking.k8s.io/NetworkPolicy': networkPolicyRules,
  'discovery.k8s.io/EndpointSlice': sliceRules,
  '/Endpoints': endpointsRules,
}
