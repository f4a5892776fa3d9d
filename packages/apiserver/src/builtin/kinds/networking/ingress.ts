import { validateDns1035Label } from '@kairship/apimachinery'
import { isIP } from 'node:net'
import type { KindRules, PlaneServices } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, ensure, integer, items, type ReadonlyFields, setMissing, strings, text } from '../../fields.ts'
import { defaultClass } from '../default-class.ts'
import { validateImmutable } from '../immutable.ts'
import { validateHost, validateSegment, validateSubdomain } from '../names.ts'
import { validatePortName, validatePortNumber } from '../ports.ts'

const legacyClass = 'kubernetes.io/ingress.class'

export const ingressRules: KindRules = {
  prepareForCreate: (draft, _context, plane) => {
    draft['status'] = { loadBalancer: {} }
    const spec = ensure(draft, 'spec')
    if (spec['ingressClassName'] !== undefined || draft.metadata.annotations?.[legacyClass] !== undefined) return
    const name = defaultIngressClass(plane)
    if (name !== undefined) spec['ingressClassName'] = name
  },
  validate: (ingress, errors) => {
    const spec = at(ingress, 'spec')
    const fallback = child(spec, 'defaultBackend')
    const rules = items(spec, 'rules')
    if (rules.length === 0 && fallback === undefined) {
      errors.invalid('spec', spec['rules'] ?? null, 'either `defaultBackend` or `rules` must be specified')
    }
    if (fallback !== undefined) validateBackend(fallback, 'spec.defaultBackend', errors)
    for (const [index, rule] of rules.entries()) validateRule(rule, `spec.rules[${index}]`, errors)
    for (const [index, tls] of items(spec, 'tls').entries()) validateTls(tls, `spec.tls[${index}]`, errors)
    const className = spec['ingressClassName']
    if (typeof className === 'string') validateSubdomain(className, 'spec.ingressClassName', errors)
  },
  validateCreate: (ingress, errors) => {
    const annotation = ingress.metadata.annotations?.[legacyClass]
    const className = at(ingress, 'spec')['ingressClassName']
    if (annotation === undefined || className === undefined || annotation === className) return
    const detail = 'must match `ingressClassName` when both are specified'
    errors.invalid(`annotations.${legacyClass}`, annotation, detail)
  },
}

function defaultIngressClass(plane: PlaneServices): string | undefined {
  return defaultClass(plane, 'networking.k8s.io', 'ingressclasses', 'ingressclass.kubernetes.io/is-default-class')
}

function validateRule(rule: ReadonlyFields, path: string, errors: FieldErrors): void {
  const host = text(rule, 'host')
  if (host !== '') {
    if (isIP(host) !== 0) errors.invalid(`${path}.host`, host, 'must be a DNS name, not an IP address')
    validateHost(host, `${path}.host`, errors)
  }
  const http = child(rule, 'http')
  if (http === undefined) return
  const paths = items(http, 'paths')
  if (paths.length === 0) errors.required(`${path}.http.paths`)
  for (const [index, item] of paths.entries()) validatePath(item, `${path}.http.paths[${index}]`, errors)
}

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']
const ambiguous = ['//', '/./', '/../', '%2f', '%2F']

function validatePath(item: ReadonlyFields, path: string, errors: FieldErrors): void {
  const type = item['pathType']
  if (typeof type !== 'string') {
    errors.required(`${path}.pathType`, 'pathType must be specified')
    return
  }
  const value = text(item, 'path')
  const field = `${path}.path`
  if (!pathTypes.includes(type)) errors.notSupported(`${path}.pathType`, type, pathTypes)
  else if (type === 'ImplementationSpecific') {
    if (value !== '' && !value.startsWith('/')) errors.invalid(field, value, 'must be an absolute path')
  } else {
    if (!value.startsWith('/')) errors.invalid(field, value, 'must be an absolute path')
    for (const part of ambiguous) if (value.includes(part)) errors.invalid(field, value, `must not contain '${part}'`)
    for (const end of ['/..', '/.']) if (value.endsWith(end)) errors.invalid(field, value, `cannot end with '${end}'`)
  }
  validateBackend(at(item, 'backend'), `${path}.backend`, errors)
}

function validateBackend(backend: ReadonlyFields, path: string, errors: FieldErrors): void {
  const service = child(backend, 'service')
  const resource = child(backend, 'resource')
  if (service !== undefined && resource !== undefined) {
    errors.invalid(path, '', 'cannot set both resource and service backends')
  } else if (resource !== undefined) validateReference(resource, `${path}.resource`, errors)
  else if (service !== undefined) validateServiceBackend(service, path, errors)
  else errors.invalid(path, '', 'resource or service backend is required')
}

function validateServiceBackend(service: ReadonlyFields, path: string, errors: FieldErrors): void {
  const target = text(service, 'name')
  if (target === '') errors.required(`${path}.service.name`)
  else for (const problem of validateDns1035Label(target)) errors.invalid(`${path}.service.name`, target, problem)
  const port = at(service, 'port')
  const name = text(port, 'name')
  const number = integer(port, 'number') ?? 0
  if (name !== '' && number !== 0) errors.invalid(path, '', 'cannot set both port name & port number')
  else if (name !== '') validatePortName(name, `${path}.service.port.name`, errors)
  else if (number !== 0) validatePortNumber(number, `${path}.service.port.number`, errors)
  else errors.required(path, 'port name or number is required')
}

/** A reference by group, kind and name. */
function validateReference(reference: ReadonlyFields, path: string, errors: FieldErrors): void {
  const group = reference['apiGroup']
  if (typeof group === 'string') validateSubdomain(group, `${path}.apiGroup`, errors)
  validateSegment(reference, 'kind', path, errors, 'kind is required')
  validateSegment(reference, 'name', path, errors, 'name is required')
}

function validateTls(tls: ReadonlyFields, path: string, errors: FieldErrors): void {
  for (const [index, host] of strings(tls, 'hosts').entries()) validateHost(host, `${path}.hosts[${index}]`, errors)
  const secret = text(tls, 'secretName')
  if (secret !== '') validateSubdomain(secret, `${path}.secretName`, errors)
}

export const ingressClassRules: KindRules = {
  defaults: (draft) => {
    const parameters = child(at(draft, 'spec'), 'parameters')
    if (parameters !== undefined) setMissing(parameters, 'scope', 'Cluster')
  },
  validate: (ingressClass, errors) => {
    const spec = at(ingressClass, 'spec')
    validateController(text(spec, 'controller'), 'spec.controller', errors)
    const parameters = child(spec, 'parameters')
    if (parameters !== undefined) validateParameters(parameters, 'spec.parameters', errors)
  },
  validateUpdate: (ingressClass, old, errors) => {
    const now = at(ingressClass, 'spec')['controller']
    validateImmutable(now, at(old, 'spec')['controller'], 'spec.controller', errors)
  },
}

const maxControllerLength = 250

/** `example.com/name`. */
function validateController(value: string, field: string, errors: FieldErrors): void {
  if (value === '') {
    errors.required(field)
    return
  }
  if (value.length > maxControllerLength) errors.tooLong(field, maxControllerLength)
  const slash = value.indexOf('/')
  const domain = slash < 0 ? '' : value.slice(0, slash)
  const path = slash < 0 ? '' : value.slice(slash + 1)
  if (domain === '' || path === '') {
    errors.invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')
    return
  }
  validateSubdomain(domain, field, errors)
  if (!/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(path)) errors.invalid(field, path, 'Invalid path')
}

function validateParameters(parameters: ReadonlyFields, path: string, errors: FieldErrors): void {
  validateReference(parameters, path, errors)
  const scope = text(parameters, 'scope')
  const namespace = text(parameters, 'namespace')
  if (scope === '') errors.required(`${path}.scope`)
  else errors.oneOf(`${path}.scope`, scope, ['Cluster', 'Namespace'])
  if (scope === 'Namespace' && namespace === '') {
    errors.required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'")
  }
  if (scope === 'Cluster' && parameters['namespace'] !== undefined) {
    errors.forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'")
  }
}
