import { validateDns1035Label } from '@kairship/apimachinery'
import type { KindRules } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, type Fields, integer, items, type ReadonlyFields, setMissing, strings, text } from '../../fields.ts'
import { validateSubdomain } from '../names.ts'
import { validateSelector } from '../selector.ts'
import { validateMatchConditions } from './match-conditions.ts'
import { defaultScopes, validateRule } from './rules.ts'
import { validateClient } from './webhook-client.ts'

export const mutatingWebhookRules: KindRules = {
  defaults: (draft) => {
    defaultWebhooks(draft)
    for (const webhook of items(draft, 'webhooks')) setMissing(webhook, 'reinvocationPolicy', 'Never')
  },
  validate: validateWebhooks,
}
export const validatingWebhookRules: KindRules = { defaults: defaultWebhooks, validate: validateWebhooks }

function defaultWebhooks(draft: Fields): void {
  for (const webhook of items(draft, 'webhooks')) {
    setMissing(webhook, 'failurePolicy', 'Fail')
    setMissing(webhook, 'matchPolicy', 'Equivalent')
    setMissing(webhook, 'namespaceSelector', {})
    setMissing(webhook, 'objectSelector', {})
    setMissing(webhook, 'timeoutSeconds', 10)
    const service = child(at(webhook, 'clientConfig'), 'service')
    if (service !== undefined) setMissing(service, 'port', 443)
    defaultScopes(webhook, 'rules')
  }
}

function validateWebhooks(configuration: ReadonlyFields, errors: FieldErrors): void {
  const names = new Set<string>()
  for (const [index, webhook] of items(configuration, 'webhooks').entries()) {
    const path = `webhooks[${index}]`
    const name = text(webhook, 'name')
    validateName(name, `${path}.name`, errors)
    if (name !== '' && names.has(name)) errors.duplicate(`${path}.name`, name)
    names.add(name)
    validateWebhook(webhook, path, errors)
  }
}

function validateName(name: string, field: string, errors: FieldErrors): void {
  if (name === '') {
    errors.required(field)
    return
  }
  validateSubdomain(name, field, errors)
  if (name.split('.').length < 3) {
    errors.invalid(field, name, 'should be a domain with at least three segments separated by dots')
  }
}

function validateWebhook(webhook: ReadonlyFields, path: string, errors: FieldErrors): void {
  for (const [index, rule] of items(webhook, 'rules').entries()) validateRule(rule, `${path}.rules[${index}]`, errors)
  errors.oneOf(`${path}.failurePolicy`, webhook['failurePolicy'], ['Fail', 'Ignore'])
  errors.oneOf(`${path}.matchPolicy`, webhook['matchPolicy'], ['Equivalent', 'Exact'])
  errors.oneOf(`${path}.reinvocationPolicy`, webhook['reinvocationPolicy'], ['IfNeeded', 'Never'])
  const effects = text(webhook, 'sideEffects')
  if (effects === '') errors.required(`${path}.sideEffects`, 'must specify one of None, NoneOnDryRun')
  else errors.oneOf(`${path}.sideEffects`, effects, ['None', 'NoneOnDryRun'])
  const timeout = integer(webhook, 'timeoutSeconds')
  if (timeout !== undefined && (timeout < 1 || timeout > 30)) {
    errors.invalid(`${path}.timeoutSeconds`, timeout, 'the timeout value must be between 1 and 30 seconds')
  }
  for (const key of ['namespaceSelector', 'objectSelector']) {
    validateSelector(at(webhook, key), `${path}.${key}`, errors)
  }
  validateClient(at(webhook, 'clientConfig'), `${path}.clientConfig`, errors)
  validateReviewVersions(strings(webhook, 'admissionReviewVersions'), `${path}.admissionReviewVersions`, errors)
  validateMatchConditions(webhook, path, errors)
}

const known = ['v1', 'v1beta1']

function validateReviewVersions(versions: readonly string[], path: string, errors: FieldErrors): void {
  if (versions.length === 0) {
    errors.required(path, `must specify one of ${known.join(', ')}`)
    return
  }
  for (const [index, version] of versions.entries()) {
    const field = `${path}[${index}]`
    if (versions.indexOf(version) < index) errors.invalid(field, version, 'duplicate version')
    else for (const problem of validateDns1035Label(version)) errors.invalid(field, version, problem)
  }
  if (!versions.some((version) => known.includes(version))) {
    errors.invalid(path, versions, `must include at least one of ${known.join(', ')}`)
  }
}
