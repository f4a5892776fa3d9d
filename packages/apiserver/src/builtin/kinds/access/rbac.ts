import { deepEqual, validatePathSegmentName } from '@kairship/apimachinery'
import type { KindRules, ObjectView } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { at, child, items, setDefault, strings, text } from '../../fields.ts'
import type { ReadonlyFields } from '../../fields.ts'

const group = 'rbac.authorization.k8s.io'

function validateRules(role: ObjectView, namespaced: boolean, errors: FieldErrors): void {
  for (const [index, rule] of items(role, 'rules').entries()) validateRule(rule, `rules[${index}]`, namespaced, errors)
}

function validateRule(rule: ReadonlyFields, path: string, namespaced: boolean, errors: FieldErrors): void {
  if (strings(rule, 'verbs').length === 0) errors.required(`${path}.verbs`, 'verbs must contain at least one value')
  const urls = strings(rule, 'nonResourceURLs')
  const isResourceRule = ['apiGroups', 'resources', 'resourceNames'].some((key) => strings(rule, key).length > 0)
  if (urls.length > 0) {
    if (namespaced) {
      errors.invalid(`${path}.nonResourceURLs`, urls, 'namespaced rules cannot apply to non-resource URLs')
    }
    if (isResourceRule) {
      const detail = 'rules cannot apply to both regular resources and non-resource URLs'
      errors.invalid(`${path}.nonResourceURLs`, urls, detail)
    }
    return
  }
  if (strings(rule, 'apiGroups').length === 0) {
    errors.required(`${path}.apiGroups`, 'resource rules must supply at least one api group')
  }
  if (strings(rule, 'resources').length === 0) {
    errors.required(`${path}.resources`, 'resource rules must supply at least one resource')
  }
}

const roleRules: KindRules = {
  name: validatePathSegmentName,
  validate: (role, errors) => validateRules(role, true, errors),
}

const clusterRoleRules: KindRules = {
  name: validatePathSegmentName,
  validate: (role, errors) => {
    validateRules(role, false, errors)
    const aggregation = child(role, 'aggregationRule')
    if (aggregation !== undefined && items(aggregation, 'clusterRoleSelectors').length === 0) {
      errors.required(
        'aggregationRule.clusterRoleSelectors',
        'at least one clusterRoleSelector required if aggregationRule is non-nil',
      )
    }
  },
}

function bindingRules(namespaced: boolean): KindRules {
  return {
    name: validatePathSegmentName,
    defaults: (draft) => {
      const roleRef = child(draft, 'roleRef')
      if (roleRef !== undefined) setDefault(roleRef, 'apiGroup', group)
      for (const subject of items(draft, 'subjects')) {
        if (subject['kind'] === 'User' || subject['kind'] === 'Group') setDefault(subject, 'apiGroup', group)
      }
    },
    validate: (binding, errors) => validateBinding(binding, namespaced, errors),
    validateUpdate: (binding, old, errors) => {
      if (!deepEqual(binding['roleRef'], old['roleRef'])) {
        errors.invalid('roleRef', binding['roleRef'], 'cannot change roleRef')
      }
    },
  }
}

function validateBinding(binding: ObjectView, namespaced: boolean, errors: FieldErrors): void {
  const roleRef = at(binding, 'roleRef')
  if (roleRef['apiGroup'] !== group) errors.notSupported('roleRef.apiGroup', roleRef['apiGroup'] ?? '', [group])
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']
  if (!kinds.includes(text(roleRef, 'kind'))) errors.notSupported('roleRef.kind', text(roleRef, 'kind'), kinds)
  const name = text(roleRef, 'name')
  if (name === '') errors.required('roleRef.name')
  else for (const problem of validatePathSegmentName(name)) errors.invalid('roleRef.name', name, problem)
  for (const [index, subject] of items(binding, 'subjects').entries()) {
    validateSubject(subject, `subjects[${index}]`, namespaced, errors)
  }
}

function validateSubject(subject: ReadonlyFields, path: string, namespaced: boolean, errors: FieldErrors): void {
  if (text(subject, 'name') === '') errors.required(`${path}.name`)
  const apiGroup = text(subject, 'apiGroup')
  switch (subject['kind']) {
    case 'ServiceAccount':
      if (apiGroup !== '') errors.notSupported(`${path}.apiGroup`, apiGroup, [''])
      if (!namespaced && text(subject, 'namespace') === '') errors.required(`${path}.namespace`)
      return
    case 'User':
    case 'Group':
      if (apiGroup !== group) errors.notSupported(`${path}.apiGroup`, apiGroup, [group])
      return
    default:
      errors.notSupported(`${path}.kind`, text(subject, 'kind'), ['ServiceAccount', 'User', 'Group'])
  }
}

export const rbacRules: { readonly [key: string]: KindRules } = {
  [`${group}/Role`]: roleRules,
  [`${group}/ClusterRole`]: clusterRoleRules,
  [`${group}/RoleBinding`]: bindingRules(true),
  [`${group}/ClusterRoleBinding`]: bindingRules(false),
}
