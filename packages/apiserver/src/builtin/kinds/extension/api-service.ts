import { validateDns1035Label, validatePathSegmentName } from '@kairship/apimachinery'
import type { KindRules } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, flag, integer, type ReadonlyFields, setMissing, text } from '../../fields.ts'
import { validateSubdomain } from '../names.ts'

const maxGroupPriority = 20_000
const maxVersionPriority = 1000

export const apiServiceRules: KindRules = {
  // The core group's is called `v1.`, which is no DNS name.
  name: validatePathSegmentName,
  defaults: (draft) => {
    const service = child(at(draft, 'spec'), 'service')
    if (service !== undefined) setMissing(service, 'port', 443)
  },
  // What is served here is always there.
  prepareForCreate: (draft, { now }) => {
    if (child(at(draft, 'spec'), 'service') !== undefined) return
    const message = 'Local APIServices are always available'
    const lastTransitionTime = `${new Date(now).toISOString().slice(0, 19)}Z`
    const condition = { type: 'Available', status: 'True', lastTransitionTime, reason: 'Local', message }
    draft['status'] = { conditions: [condition] }
  },
  validate: (apiService, errors) => {
    const spec = at(apiService, 'spec')
    const group = text(spec, 'group')
    const version = text(spec, 'version')
    const wanted = `${version}.${group}`
    const { name = '' } = apiService.metadata
    if (name !== wanted) {
      errors.invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`)
    }
    if (group !== '') validateSubdomain(group, 'spec.group', errors)
    else if (version !== 'v1') {
      errors.required('spec.group', 'only v1 may have an empty group and it better be legacy kube')
    }
    for (const problem of validateDns1035Label(version)) errors.invalid('spec.version', version, problem)
    validatePriority(spec, 'groupPriorityMinimum', maxGroupPriority, errors)
    validatePriority(spec, 'versionPriority', maxVersionPriority, errors)
    const service = child(spec, 'service')
    if (service === undefined) validateLocal(spec, errors)
    else validateRemote(spec, service, errors)
  },
}

function validatePriority(spec: ReadonlyFields, key: string, most: number, errors: FieldErrors): void {
  const value = integer(spec, key) ?? 0
  if (value <= 0 || value > most) errors.invalid(`spec.${key}`, value, `must be positive and less than ${most}`)
}

function validateLocal(spec: ReadonlyFields, errors: FieldErrors): void {
  const bundle = text(spec, 'caBundle')
  if (bundle !== '') {
    const size = Buffer.from(bundle, 'base64').length
    errors.invalid('spec.caBundle', `${size} bytes`, 'local APIServices may not have a caBundle')
  }
  if (flag(spec, 'insecureSkipTLSVerify')) {
    errors.invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify')
  }
}

function validateRemote(spec: ReadonlyFields, service: ReadonlyFields, errors: FieldErrors): void {
  for (const key of ['namespace', 'name']) if (text(service, key) === '') errors.required(`spec.service.${key}`)
  const port = integer(service, 'port') ?? 443
  if (port < 1 || port > 65535) {
    errors.invalid('spec.service.port', port, 'port is not valid: must be between 1 and 65535, inclusive')
  }
  if (flag(spec, 'insecureSkipTLSVerify') && text(spec, 'caBundle') !== '') {
    errors.invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present')
  }
}
