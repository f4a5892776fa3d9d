import { validateQualifiedName } from '@kairship/apimachinery'
import type { KindRules } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, integer, items, setMissing, strings, text } from '../../fields.ts'
import type { Fields, ReadonlyFields } from '../../fields.ts'

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']
const group = 'admissionregistration.k8s.io'

function defaultWebhooks(draft: Fields, mutating: boolean): void {
  for (const webhook of items(draft, 'webhooks')) {
    setMissing(webhook, 'failurePolicy', 'Fail')
    setMissing(webhook, 'matchPolicy', 'Equivalent')
    setMissing(webhook, 'namespaceSelector', {})
    setMissing(webhook, 'objectSelector', {})
    setMissing(webhook, 'timeoutSeconds', 10)
    if (mutating) setMissing(webhook, 'reinvocationPolicy', 'Never')
    const service = child(at(webhook, 'clientConfig'), 'service')
    if (service !== undefined) setMissing(service, 'port', 443)
    for (const rule of items(webhook, 'rules')) setMissing(rule, 'scope', '*')
  }
}

function validateWebhooks(configuration: ReadonlyFields, errors: FieldErrors): void {
  const names = new Set<string>()
  for (const [index, webhook] of items(configuration, 'webhooks').entries()) {
    const path = `webhooks[${index}]`
    const name = text(webhook, 'name')
    if (name.split('.').length < 3) {
      errors.invalid(`${path}.name`, name, 'should be a domain with at least three segments separated by dots')
    }
    for (const problem of validateQualifiedName(name)) errors.invalid(`${path}.name`, name, problem)
    if (names.has(name)) errors.duplicate(`${path}.name`, name)
    names.add(name)
    validateWebhook(webhook, path, errors)
  }
}

function validateWebhook(webhook: ReadonlyFields, path: string, errors: FieldErrors): void {
  errors.oneOf(`${path}.failurePolicy`, webhook['failurePolicy'], ['Fail', 'Ignore'])
  errors.oneOf(`${path}.matchPolicy`, webhook['matchPolicy'], ['Equivalent', 'Exact'])
  errors.oneOf(`${path}.reinvocationPolicy`, webhook['reinvocationPolicy'], ['IfNeeded', 'Never'])
  if (webhook['sideEffects'] === undefined) {
    errors.required(`${path}.sideEffects`, 'must specify one of None, NoneOnDryRun')
  } else errors.oneOf(`${path}.sideEffects`, webhook['sideEffects'], ['None', 'NoneOnDryRun'])
  const timeout = integer(webhook, 'timeoutSeconds') ?? 10
  if (timeout < 1 || timeout > 30) {
    errors.invalid(`${path}.timeoutSeconds`, timeout, 'the timeout value must be between 1 and 30 seconds')
  }
  const versions = strings(webhook, 'admissionReviewVersions')
  if (versions.length === 0) {
    errors.required(`${path}.admissionReviewVersions`, 'must specify one of v1, v1beta1')
  } else if (!versions.includes('v1') && !versions.includes('v1beta1')) {
    errors.invalid(`${path}.admissionReviewVersions`, versions, 'must include at least one of v1, v1beta1')
  }
  for (const [index, rule] of items(webhook, 'rules').entries()) validateRule(rule, `${path}.rules[${index}]`, errors)
  validateClient(at(webhook, 'clientConfig'), `${path}.clientConfig`, errors)
}

function validateRule(rule: ReadonlyFields, path: string, errors: FieldErrors): void {
  for (const key of ['operations', 'apiGroups', 'apiVersions', 'resources']) {
    const values = strings(rule, key)
    if (values.length === 0) errors.required(`${path}.${key}`)
    if (key !== 'resources' && values.length > 1 && values.includes('*')) {
      errors.invalid(`${path}.${key}`, values, "if '*' is present, must not specify other " + plural(key))
    }
  }
  for (const [index, operation] of strings(rule, 'operations').entries()) {
    errors.oneOf(`${path}.operations[${index}]`, operation, operations)
  }
  errors.oneOf(`${path}.scope`, rule['scope'], ['*', 'Cluster', 'Namespaced'])
}
function plural(key: string): string {
  return { operations: 'operations', apiGroups: 'API groups', apiVersions: 'API versions' }[key] ?? key
}

function validateClient(client: ReadonlyFields, path: string, errors: FieldErrors): void {
  const service = child(client, 'service')
  if ((client['url'] === undefined) === (service === undefined)) {
    errors.required(path, 'exactly one of url or service is required')
    return
  }
  if (client['url'] !== undefined) validateWebhookUrl(text(client, 'url'), `${path}.url`, errors)
  if (service === undefined) return
  for (const key of ['namespace', 'name']) {
    if (text(service, key) === '') errors.required(`${path}.service.${key}`, `service ${key} is required`)
  }
}

function validateWebhookUrl(value: string, field: string, errors: FieldErrors): void {
  const form = '; desired format: https://host[/path]'
  if (!URL.canParse(value)) {
    errors.required(field, `url must be a valid URL: ${value}${form}`)
    return
  }
  const url = new URL(value)
  if (url.protocol !== 'https:') {
    errors.invalid(field, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme${form}`)
  }
  if (url.username !== '') errors.invalid(field, url.username, 'user information is not permitted in the URL')
  if (url.hash !== '') errors.invalid(field, url.hash.slice(1), 'fragments are not permitted in the URL')
  if (url.search !== '') errors.invalid(field, url.search.slice(1), 'query parameters are not permitted in the URL')
}

const apiServiceRules: KindRules = {
  defaults: (draft) => {
    const service = child(at(draft, 'spec'), 'service')
    if (service !== undefined) setMissing(service, 'port', 443)
  },
  validate: (apiService, errors) => {
    const spec = at(apiService, 'spec')
    const wanted = `${text(spec, 'version')}.${text(spec, 'group')}`
    if (apiService.metadata.name !== wanted) {
      errors.invalid('metadata.name', apiService.metadata.name, 'must be `spec.version+"."+spec.group`')
    }
    for (const key of ['groupPriorityMinimum', 'versionPriority']) {
      const value = integer(spec, key) ?? 0
      const most = key === 'versionPriority' ? 1000 : 20000
      if (value > 0 && value <= most) continue
      const bound =
        key === 'versionPriority' ? 'must be positive and less than 1000' : 'must be positive and less than 20000'
      errors.invalid(`spec.${key}`, value, bound)
    }
  },
}

export const extensionRules: { readonly [key: string]: KindRules } = {
  [`${group}/MutatingWebhookConfiguration`]: {
    defaults: (draft) => defaultWebhooks(draft, true),
    validate: validateWebhooks,
  },
  [`${group}/ValidatingWebhookConfiguration`]: {
    defaults: (draft) => defaultWebhooks(draft, false),
    validate: validateWebhooks,
  },
  'apiregistration.k8s.io/APIService': apiServiceRules,
}
