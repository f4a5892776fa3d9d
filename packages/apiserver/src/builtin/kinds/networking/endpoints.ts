import { validateDns1123Label, validateQualifiedName } from '@kairship/apimachinery'
import { isIP } from 'node:net'
import type { KindRules } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { integer, items, type ReadonlyFields, setDefault, setMissing, strings, text } from '../../fields.ts'
import { validateIp, validateReachable } from '../addresses.ts'
import { validateImmutable } from '../immutable.ts'
import { validateSubdomain } from '../names.ts'
import { validatePortNumber } from '../ports.ts'

const addressTypes = ['FQDN', 'IPv4', 'IPv6']
const sortedProtocols = ['SCTP', 'TCP', 'UDP']
const maxEndpoints = 1000
const maxAddresses = 100
const maxPorts = 20_000

export const endpointSliceRules: KindRules = {
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
    const endpoints = items(slice, 'endpoints')
    if (endpoints.length > maxEndpoints) errors.tooMany('endpoints', endpoints.length, maxEndpoints)
    for (const [index, endpoint] of endpoints.entries()) {
      validateEndpoint(endpoint, type, `endpoints[${index}]`, errors)
    }
    validateSlicePorts(items(slice, 'ports'), errors)
  },
  validateUpdate: (slice, old, errors) => {
    validateImmutable(slice['addressType'], old['addressType'], 'addressType', errors)
  },
}

function validateEndpoint(endpoint: ReadonlyFields, type: string, path: string, errors: FieldErrors): void {
  const addresses = strings(endpoint, 'addresses')
  if (addresses.length === 0) errors.required(`${path}.addresses`, 'must contain at least 1 address')
  if (addresses.length > maxAddresses) errors.tooMany(`${path}.addresses`, addresses.length, maxAddresses)
  for (const [index, address] of addresses.entries()) {
    const field = `${path}.addresses[${index}]`
    if (type === 'FQDN') validateSubdomain(address, field, errors)
    else if (isIP(address) !== (type === 'IPv6' ? 6 : 4)) {
      errors.invalid(field, address, `must be an ${type === 'IPv6' ? 'IPv6' : 'IPv4'} address`)
    } else validateReachable(address, field, errors)
  }
  const nodeName = text(endpoint, 'nodeName')
  if (nodeName !== '') validateSubdomain(nodeName, `${path}.nodeName`, errors)
  const hostname = endpoint['hostname']
  if (typeof hostname !== 'string') return
  for (const problem of validateDns1123Label(hostname)) errors.invalid(`${path}.hostname`, hostname, problem)
}

function validateSlicePorts(ports: readonly ReadonlyFields[], errors: FieldErrors): void {
  if (ports.length > maxPorts) errors.tooMany('ports', ports.length, maxPorts)
  const names = new Set<string>()
  for (const [index, port] of ports.entries()) {
    const path = `ports[${index}]`
    const name = text(port, 'name')
    if (name !== '') for (const problem of validateDns1123Label(name)) errors.invalid(`${path}.name`, name, problem)
    if (names.has(name)) errors.duplicate(`${path}.name`, name)
    names.add(name)
    validateProtocol(port, path, errors)
    const protocol = text(port, 'appProtocol')
    if (protocol === '') continue
    for (const problem of validateQualifiedName(protocol)) errors.invalid(`${path}.appProtocol`, protocol, problem)
  }
}

function validateProtocol(port: ReadonlyFields, path: string, errors: FieldErrors): void {
  if (text(port, 'protocol') === '') errors.required(`${path}.protocol`)
  else errors.oneOf(`${path}.protocol`, port['protocol'], sortedProtocols)
}

export const endpointsRules: KindRules = {
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
  const ready = items(subset, 'addresses')
  const notReady = items(subset, 'notReadyAddresses')
  if (ready.length === 0 && notReady.length === 0) {
    errors.required(path, 'must specify `addresses` or `notReadyAddresses`')
  }
  for (const [index, address] of ready.entries()) validateAddress(address, `${path}.addresses[${index}]`, errors)
  for (const [index, address] of notReady.entries()) {
    validateAddress(address, `${path}.notReadyAddresses[${index}]`, errors)
  }
  const ports = items(subset, 'ports')
  for (const [index, port] of ports.entries()) {
    const field = `${path}.ports[${index}]`
    const name = text(port, 'name')
    if (name !== '') for (const problem of validateDns1123Label(name)) errors.invalid(`${field}.name`, name, problem)
    else if (ports.length > 1) errors.required(`${field}.name`)
    validatePortNumber(integer(port, 'port') ?? 0, `${field}.port`, errors)
    validateProtocol(port, field, errors)
  }
}

function validateAddress(address: ReadonlyFields, path: string, errors: FieldErrors): void {
  const ip = text(address, 'ip')
  validateIp(ip, `${path}.ip`, errors)
  validateReachable(ip, `${path}.ip`, errors)
  const hostname = text(address, 'hostname')
  if (hostname !== '') {
    for (const problem of validateDns1123Label(hostname)) errors.invalid(`${path}.hostname`, hostname, problem)
  }
  const nodeName = address['nodeName']
  if (typeof nodeName === 'string') validateSubdomain(nodeName, `${path}.nodeName`, errors)
}
