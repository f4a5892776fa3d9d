import { deepEqual, formatTime, validateDns1035Label, validateDns1123Subdomain } from '@kairship/apimachinery'
import type { Unstructured } from '@kairship/apimachinery'
import type { Schema } from '@kairship/api'
import type { KindRules, ObjectView } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, ensure, items, setDefault, setMissing, strings, text } from '../../fields.ts'
import type { ReadonlyFields } from '../../fields.ts'
import type { RequestContext } from '../../../strategy.ts'
import { checkRules } from '../../../cel/index.ts'
import { validateStructural } from './structural.ts'

const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'

export const crdRules: KindRules = {
  defaults: (draft) => {
    const spec = ensure(draft, 'spec')
    const names = ensure(spec, 'names')
    const kind = text(names, 'kind')
    if (kind !== '') {
      setDefault(names, 'singular', kind.toLowerCase())
      setDefault(names, 'listKind', `${kind}List`)
    }
    setMissing(spec, 'conversion', { strategy: 'None' })
    const client = child(at(at(spec, 'conversion'), 'webhook'), 'clientConfig')
    const service = client === undefined ? undefined : child(client, 'service')
    if (service !== undefined) setMissing(service, 'port', 443)
  },
  validate: (object, errors) => {
    const spec = at(object, 'spec')
    const wanted = `${text(at(spec, 'names'), 'plural')}.${text(spec, 'group')}`
    if (object.metadata.name !== wanted) {
      errors.invalid('metadata.name', object.metadata.name, 'must be spec.names.plural+"."+spec.group')
    }
    validateSpec(spec, errors)
    validateApproval(object, errors)
  },
  validateCreate: (object, errors) => validateRules(at(object, 'spec'), undefined, errors),
  validateUpdate: (object, old, errors) => {
    const spec = at(object, 'spec')
    const oldSpec = at(old, 'spec')
    if (spec !== oldSpec) validateRules(spec, oldSpec, errors)
    const names = at(spec, 'names')
    const oldNames = at(oldSpec, 'names')
    if (isEstablished(old)) {
      fixed(errors, 'spec.scope', spec['scope'], oldSpec['scope'])
      fixed(errors, 'spec.names.kind', names['kind'], oldNames['kind'])
    }
    fixed(errors, 'spec.group', spec['group'], oldSpec['group'])
    fixed(errors, 'spec.names.plural', names['plural'], oldNames['plural'])
    validateStoredVersions(object, errors)
  },
  prepareForDelete: (draft, context) => terminate(draft, context),
  // The first DELETE always leaves the CRD there, and says so in its status: its instances go before it.
  holdsDeletion: (object) =>
    !items(at(object, 'status'), 'conditions').some((condition) => condition['type'] === 'Terminating'),
}

function terminate(draft: Unstructured, context: RequestContext): void {
  const finalizers = draft.metadata.finalizers ?? []
  if (!finalizers.includes(cleanupFinalizer)) draft.metadata.finalizers = [...finalizers, cleanupFinalizer]
  const status = ensure(draft, 'status')
  status['conditions'] = [
    ...items(status, 'conditions').filter((condition) => condition['type'] !== 'Terminating'),
    {
      lastTransitionTime: formatTime(context.now),
      message: 'CustomResource deletion is in progress',
      reason: 'InstanceDeletionPending',
      status: 'True',
      type: 'Terminating',
    },
  ]
}

function fixed(errors: FieldErrors, field: string, value: unknown, old: unknown): void {
  if (!deepEqual(value, old)) errors.invalid(field, value, 'field is immutable')
}

function isEstablished(crd: ObjectView): boolean {
  return items(at(crd, 'status'), 'conditions').some(
    (condition) => condition['type'] === 'Established' && condition['status'] === 'True',
  )
}

function validateSpec(spec: ReadonlyFields, errors: FieldErrors): void {
  const group = text(spec, 'group')
  if (group === '') errors.required('spec.group')
  else {
    const problems = validateDns1123Subdomain(group)
    if (problems.length > 0) errors.invalid('spec.group', group, problems.join(','))
    else if (!group.includes('.')) errors.invalid('spec.group', group, 'should be a domain with at least one dot')
  }
  if (text(spec, 'scope') === '') errors.required('spec.scope')
  errors.oneOf('spec.scope', spec['scope'], ['Cluster', 'Namespaced'])
  validateVersions(spec, errors)
  const names = at(spec, 'names')
  for (const key of ['plural', 'singular', 'kind', 'listKind']) {
    if (text(names, key) === '') errors.required(`spec.names.${key}`)
  }
  validateNames(names, 'spec.names', errors)
  if (spec['preserveUnknownFields'] === true) {
    const detail =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead'
    errors.invalid('spec.preserveUnknownFields', true, detail)
  }
  validateConversion(at(spec, 'conversion'), errors)
}

function validateVersions(spec: ReadonlyFields, errors: FieldErrors): void {
  const versions = items(spec, 'versions')
  const seen = new Set<string>()
  for (const [index, version] of versions.entries()) {
    const path = `spec.versions[${index}]`
    const name = text(version, 'name')
    const problems = validateDns1035Label(name)
    if (problems.length > 0) errors.invalid(`${path}.name`, name, problems.join(','))
    seen.add(name)
    const schema = child(at(version, 'schema'), 'openAPIV3Schema')
    if (schema === undefined) errors.required(`${path}.schema.openAPIV3Schema`, 'schemas are required')
    else validateStructural(parseSchema(schema), `${path}.schema.openAPIV3Schema`, errors)
    validateColumns(version, path, errors)
    validateScale(version, path, errors)
    if (version['deprecated'] !== true && version['deprecationWarning'] !== undefined) {
      const detail = 'can only be set for deprecated versions'
      errors.invalid(`${path}.deprecationWarning`, version['deprecationWarning'], detail)
    }
  }
  if (seen.size !== versions.length) {
    errors.invalid('spec.versions', spec['versions'], 'must contain unique version names')
  }
  if (versions.filter((version) => version['storage'] === true).length !== 1) {
    errors.invalid('spec.versions', spec['versions'], 'must have exactly one version marked as storage version')
  }
}

/** Compiles the CEL rules of versions that are new or changed; schemas must be sound for that. */
function validateRules(spec: ReadonlyFields, oldSpec: ReadonlyFields | undefined, errors: FieldErrors): void {
  if (!errors.empty) return
  const before = items(oldSpec ?? {}, 'versions')
  for (const [index, version] of items(spec, 'versions').entries()) {
    const schema = child(at(version, 'schema'), 'openAPIV3Schema')
    const old = before.find((candidate) => text(candidate, 'name') === text(version, 'name'))
    const oldSchema = old === undefined ? undefined : child(at(old, 'schema'), 'openAPIV3Schema')
    if (schema === undefined || schema === oldSchema || deepEqual(schema, oldSchema)) continue
    checkRules(parseSchema(schema), { path: `spec.versions[${index}].schema.openAPIV3Schema` }, errors)
  }
}

function parseSchema(value: ReadonlyFields): Schema {
  return value
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string']

function validateColumns(version: ReadonlyFields, path: string, errors: FieldErrors): void {
  for (const [index, column] of items(version, 'additionalPrinterColumns').entries()) {
    const field = `${path}.additionalPrinterColumns[${index}]`
    if (text(column, 'name') === '') errors.required(`${field}.name`)
    const type = text(column, 'type')
    const detail = `must be one of ${columnTypes.join(',')}`
    if (type === '') errors.required(`${field}.type`, detail)
    else if (!columnTypes.includes(type)) errors.invalid(`${field}.type`, type, detail)
    if (text(column, 'jsonPath') === '') errors.required(`${field}.JSONPath`)
  }
}

function validateScale(version: ReadonlyFields, path: string, errors: FieldErrors): void {
  const scale = child(at(version, 'subresources'), 'scale')
  if (scale === undefined) return
  for (const [key, prefix] of [
    ['specReplicasPath', '.spec.'],
    ['statusReplicasPath', '.status.'],
  ] as const) {
    const value = text(scale, key)
    const field = `${path}.subresources.scale.${key}`
    if (value === '') errors.required(field)
    else if (!value.startsWith(prefix))
      errors.invalid(field, value, `should be a json path under ${prefix.slice(0, -1)}`)
  }
}

function validateNames(names: ReadonlyFields, path: string, errors: FieldErrors): void {
  const label = (field: string, value: string): void => {
    const problems = validateDns1035Label(value)
    if (problems.length > 0) errors.invalid(field, value, problems.join(','))
  }
  for (const key of ['plural', 'singular']) {
    const value = text(names, key)
    const problems = value === '' ? [] : validateDns1035Label(value)
    if (problems.length > 0) errors.invalid(`${path}.${key}`, value, problems.join(','))
  }
  for (const key of ['kind', 'listKind']) {
    const value = text(names, key)
    const problems = value === '' ? [] : validateDns1035Label(value.toLowerCase())
    if (problems.length > 0) {
      errors.invalid(`${path}.${key}`, value, `may have mixed case, but should otherwise match: ${problems.join(',')}`)
    }
  }
  for (const key of ['shortNames', 'categories']) {
    for (const [index, value] of strings(names, key).entries()) label(`${path}.${key}[${index}]`, value)
  }
  const kind = text(names, 'kind')
  if (kind !== '' && kind === text(names, 'listKind')) {
    errors.invalid(`${path}.listKind`, kind, 'kind and listKind may not be the same')
  }
}

function validateConversion(conversion: ReadonlyFields, errors: FieldErrors): void {
  errors.oneOf('spec.conversion.strategy', conversion['strategy'], ['None', 'Webhook'])
  const webhook = child(conversion, 'webhook')
  if (conversion['strategy'] !== 'Webhook') {
    if (webhook === undefined) return
    errors.forbidden('spec.conversion.webhook', 'should not be set when strategy is not set to Webhook')
    return
  }
  const client = webhook === undefined ? undefined : child(webhook, 'clientConfig')
  if (client === undefined) {
    errors.required('spec.conversion.webhookClientConfig', 'required when strategy is set to Webhook')
  } else if ((client['url'] === undefined) === (client['service'] === undefined)) {
    errors.required('spec.conversion.webhookClientConfig', 'exactly one of url or service is required')
  }
  if (strings(webhook ?? {}, 'conversionReviewVersions').length === 0) {
    errors.required('spec.conversion.conversionReviewVersions')
  }
}

function validateStoredVersions(object: ObjectView, errors: FieldErrors): void {
  const stored = strings(at(object, 'status'), 'storedVersions')
  const names = new Set(items(at(object, 'spec'), 'versions').map((version) => text(version, 'name')))
  for (const [index, name] of stored.entries()) {
    if (names.has(name)) continue
    errors.invalid(
      `status.storedVersions[${index}]`,
      name,
      `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
    )
  }
}

const approval = 'api-approved.kubernetes.io'

/** Groups of the Kubernetes community need the annotation that says who approved the API. */
function validateApproval(object: ObjectView, errors: FieldErrors): void {
  const group = text(at(object, 'spec'), 'group')
  const isProtected = ['k8s.io', 'kubernetes.io'].some((domain) => group === domain || group.endsWith(`.${domain}`))
  if (!isProtected) return
  const value = object.metadata.annotations?.[approval]
  const field = `metadata.annotations[${approval}]`
  if (value === undefined || value === '') {
    errors.required(
      field,
      'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    )
  } else if (!value.startsWith('unapproved') && !URL.canParse(value)) {
    const detail = `protected groups must have approval annotation "api-approved.kubernetes.io" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`
    errors.invalid(field, value, detail)
  }
}
