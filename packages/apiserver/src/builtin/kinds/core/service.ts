import { isIP } from 'node:net'
import { deepEqual, validateDns1035Label, validateDns1123Label, validateDns1123Subdomain } from '@kairship/apimachinery'
import type { Unstructured } from '@kairship/apimachinery'
import type { KindRules, ObjectView } from '../../contracts.ts'
import { FieldErrors } from '../../field-errors.ts'
import { at, ensure, integer, items, setDefault, setMissing, strings, text } from '../../fields.ts'
import type { Fields, ReadonlyFields } from '../../fields.ts'
import { invalidObject } from '../../invalid.ts'
import { validateLabels } from '../../metadata.ts'
import { ServiceAddresses } from './service-addresses.ts'

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const protocols = ['SCTP', 'TCP', 'UDP']

export const serviceRules: KindRules = {
  name: validateDns1035Label,
  deleteReturnsObject: true,
  defaults: (draft) => defaultService(ensure(draft, 'spec')),
  forPlane: (plane) => {
    const addresses = new ServiceAddresses(plane.registry)
    return {
      prepareForCreate: (draft) => {
        draft['status'] = { loadBalancer: {} }
        allocate(draft, {}, addresses)
      },
      prepareForUpdate: (draft, old) => {
        if (draft['spec'] === old['spec']) return
        keepAllocated(ensure(draft, 'spec'), at(old, 'spec'))
        allocate(draft, at(old, 'spec'), addresses)
      },
    }
  },
  validate: (service, errors) => validateService(service, errors),
  validateUpdate: (service, old, errors) => {
    const spec = at(service, 'spec')
    const before = at(old, 'spec')
    const stays = spec['type'] !== 'ExternalName' && before['type'] !== 'ExternalName'
    const oldIp = text(before, 'clusterIP')
    if (stays && oldIp !== '' && text(spec, 'clusterIP') !== oldIp) {
      const ips = strings(spec, 'clusterIPs')
      errors.invalid('spec.clusterIPs[0]', ips[0] ?? text(spec, 'clusterIP'), 'may not change once set')
    }
  },
}

function defaultService(spec: Fields): void {
  setDefault(spec, 'sessionAffinity', 'None')
  if (spec['sessionAffinity'] === 'None') delete spec['sessionAffinityConfig']
  if (spec['sessionAffinity'] === 'ClientIP') {
    setDefault(ensure(ensure(spec, 'sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds', 10800)
  }
  setDefault(spec, 'type', 'ClusterIP')
  for (const port of items(spec, 'ports')) {
    setDefault(port, 'protocol', 'TCP')
    if (port['targetPort'] === 0 || port['targetPort'] === '' || port['targetPort'] === undefined) {
      port['targetPort'] = port['port']
    }
  }
  const isExternal = spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer'
  if (isExternal || (spec['type'] === 'ClusterIP' && strings(spec, 'externalIPs').length > 0)) {
    setDefault(spec, 'externalTrafficPolicy', 'Cluster')
  }
  if (spec['type'] !== 'ExternalName') setMissing(spec, 'internalTrafficPolicy', 'Cluster')
  if (spec['type'] === 'LoadBalancer') setMissing(spec, 'allocateLoadBalancerNodePorts', true)
}

/** What was allocated stays when a client leaves it out, as kubectl apply does. */
function keepAllocated(spec: Fields, old: ReadonlyFields): void {
  const hasIp = (fields: ReadonlyFields): boolean => fields['type'] !== 'ExternalName'
  if (hasIp(spec) && hasIp(old)) {
    for (const key of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) setDefault(spec, key, old[key])
  } else if (!hasIp(spec)) {
    for (const key of ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy']) delete spec[key]
    if (text(spec, 'clusterIP') === text(old, 'clusterIP')) delete spec['clusterIP']
  }
  if (!needsNodePorts(spec)) {
    if (needsNodePorts(old)) dropOldNodePorts(spec, old)
    return
  }
  const oldPorts = items(old, 'ports')
  for (const port of items(spec, 'ports')) {
    if (integer(port, 'nodePort') !== undefined && port['nodePort'] !== 0) continue
    const same = oldPorts.find((item) => item['port'] === port['port'] && item['protocol'] === port['protocol'])
    if (same !== undefined && integer(same, 'nodePort') !== undefined) port['nodePort'] = same['nodePort']
  }
}

function dropOldNodePorts(spec: Fields, old: ReadonlyFields): void {
  const before = new Set(items(old, 'ports').map((port) => port['nodePort']))
  for (const port of items(spec, 'ports')) if (before.has(port['nodePort'])) delete port['nodePort']
  if (strings(spec, 'externalIPs').length === 0) delete spec['externalTrafficPolicy']
  delete spec['allocateLoadBalancerNodePorts']
}

function needsNodePorts(spec: ReadonlyFields): boolean {
  if (spec['type'] === 'NodePort') return true
  return spec['type'] === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] !== false
}

function allocate(draft: Unstructured, old: ReadonlyFields, addresses: ServiceAddresses): void {
  const spec = ensure(draft, 'spec')
  const errors = new FieldErrors()
  if (spec['type'] !== 'ExternalName') allocateAddress(spec, old, addresses, errors)
  if (needsNodePorts(spec)) allocatePorts(spec, old, addresses, errors)
  if (!errors.empty) throw invalidObject('', 'Service', draft.metadata.name ?? '', errors.list)
}

function allocateAddress(spec: Fields, old: ReadonlyFields, addresses: ServiceAddresses, errors: FieldErrors): void {
  setDefault(spec, 'ipFamilyPolicy', 'SingleStack')
  setDefault(spec, 'ipFamilies', ['IPv4'])
  const [first = ''] = strings(spec, 'clusterIPs')
  const wanted = text(spec, 'clusterIP') || first
  if (wanted === '') {
    const address = addresses.address()
    if (address === undefined) errors.invalid('spec.clusterIPs', [], 'failed to allocate a serviceIP: range is full')
    else spec['clusterIP'] = address
  } else {
    spec['clusterIP'] = wanted
    if (wanted !== 'None' && wanted !== text(old, 'clusterIP') && isIP(wanted) !== 0 && !isIPv6(wanted)) {
      const problem = addresses.claimAddress(wanted)
      if (problem !== '') errors.invalid('spec.clusterIPs', [wanted], problem)
    }
  }
  setDefault(spec, 'clusterIPs', [spec['clusterIP']])
}
function isIPv6(address: string): boolean {
  return isIP(address) === 6
}

function allocatePorts(spec: Fields, old: ReadonlyFields, addresses: ServiceAddresses, errors: FieldErrors): void {
  const known = new Set(items(old, 'ports').map((port) => port['nodePort']))
  const taken = new Map<string, number>()
  for (const [index, port] of items(spec, 'ports').entries()) {
    const wanted = integer(port, 'nodePort') ?? 0
    if (wanted === 0) {
      const allocated = addresses.nodePort()
      if (allocated === undefined) errors.invalid(`spec.ports[${index}].nodePort`, 0, 'no node ports are left')
      else port['nodePort'] = allocated
    } else if (!known.has(wanted) && taken.get(String(wanted)) === undefined) {
      const problem = addresses.claimNodePort(wanted)
      if (problem !== '') errors.invalid(`spec.ports[${index}].nodePort`, wanted, problem)
      taken.set(String(wanted), wanted)
    }
  }
}

function validateService(service: ObjectView, errors: FieldErrors): void {
  const spec = at(service, 'spec')
  const type = text(spec, 'type')
  const ports = items(spec, 'ports')
  const headless = spec['clusterIP'] === 'None'
  if (!types.includes(type)) errors.notSupported('spec.type', type, types)
  if (ports.length === 0 && !headless && type !== 'ExternalName') errors.required('spec.ports')
  if (type === 'LoadBalancer' && headless) {
    errors.invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for LoadBalancer services")
  }
  if (type === 'NodePort' && headless) {
    errors.invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for NodePort services")
  }
  if (type === 'ExternalName') {
    if (text(spec, 'clusterIP') !== '') {
      errors.forbidden('spec.clusterIPs', 'may not be set for ExternalName services')
    }
    const external = text(spec, 'externalName').replace(/\.$/, '')
    if (external === '') errors.required('spec.externalName')
    else
      for (const problem of validateDns1123Subdomain(external)) errors.invalid('spec.externalName', external, problem)
  }
  errors.oneOf('spec.sessionAffinity', spec['sessionAffinity'], ['ClientIP', 'None'])
  errors.oneOf('spec.externalTrafficPolicy', spec['externalTrafficPolicy'], ['Cluster', 'Local'])
  errors.oneOf('spec.internalTrafficPolicy', spec['internalTrafficPolicy'], ['Cluster', 'Local'])
  validateLabels(stringLabels(spec), 'spec.selector', errors)
  validatePorts(ports, errors)
  const [ip = ''] = strings(spec, 'clusterIPs')
  if (ip !== '' && ip !== 'None' && isIP(ip) === 0) {
    errors.invalid('spec.clusterIPs[0]', ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')
  }
  for (const [index, address] of strings(spec, 'externalIPs').entries()) {
    if (isIP(address) !== 0) continue
    const detail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
    errors.invalid(`spec.externalIPs[${index}]`, address, detail)
  }
}

function stringLabels(spec: ReadonlyFields): { readonly [key: string]: string } {
  const selector = at(spec, 'selector')
  return Object.fromEntries(Object.keys(selector).map((key) => [key, text(selector, key)]))
}

function validatePorts(ports: readonly Fields[], errors: FieldErrors): void {
  const names = new Set<string>()
  const seen: Fields[] = []
  for (const [index, port] of ports.entries()) {
    const path = `spec.ports[${index}]`
    const name = text(port, 'name')
    if (name === '') {
      if (ports.length > 1) errors.required(`${path}.name`)
    } else {
      for (const problem of validateDns1123Label(name)) errors.invalid(`${path}.name`, name, problem)
      if (names.has(name)) errors.duplicate(`${path}.name`, name)
      names.add(name)
    }
    const number = integer(port, 'port') ?? 0
    if (number < 1 || number > 65535) errors.invalid(`${path}.port`, number, 'must be between 1 and 65535, inclusive')
    if (!protocols.includes(text(port, 'protocol'))) {
      errors.notSupported(`${path}.protocol`, text(port, 'protocol'), protocols)
    }
    const target = port['targetPort']
    if (typeof target === 'number' && (target < 1 || target > 65535)) {
      errors.invalid(`${path}.targetPort`, target, 'must be between 1 and 65535, inclusive')
    }
    const key = { protocol: port['protocol'], port: port['port'] }
    if (seen.some((other) => deepEqual(other, key))) errors.duplicate(path, key)
    seen.push(key)
  }
}
