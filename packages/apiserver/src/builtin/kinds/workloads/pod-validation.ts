import { validateDns1123Label, validateDns1123Subdomain } from '@kairship/apimachinery'
import { at, integer, items, type ReadonlyFields, stringMap, text } from '../../fields.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { validateLabels } from '../../metadata.ts'
import { validateContainers } from './container-validation.ts'
import { volumeSourceOf } from './pod-defaults.ts'

const restartPolicies: readonly string[] = ['Always', 'OnFailure', 'Never']
const dnsPolicies: readonly string[] = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']

export interface PodSpecOptions {
  /** What `restartPolicy` may be; default all three. */
  readonly restartPolicies?: readonly string[]
}

/** A pod's spec at `path`, after defaulting. */
export function validatePodSpec(
  spec: ReadonlyFields,
  path: string,
  errors: FieldErrors,
  options: PodSpecOptions = {},
): void {
  const volumes = validateVolumes(spec, path, errors)
  validateContainers(spec, path, volumes, errors)
  const allowed = options.restartPolicies ?? restartPolicies
  const restart = text(spec, 'restartPolicy')
  if (restart === '') errors.required(`${path}.restartPolicy`)
  else if (!allowed.includes(restart)) errors.notSupported(`${path}.restartPolicy`, restart, allowed)
  const dns = text(spec, 'dnsPolicy')
  if (dns === '') errors.required(`${path}.dnsPolicy`)
  else errors.oneOf(`${path}.dnsPolicy`, dns, dnsPolicies)
  const grace = integer(spec, 'terminationGracePeriodSeconds')
  if (grace !== undefined && grace < 0)
    errors.invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than or equal to 0')
  const deadline = integer(spec, 'activeDeadlineSeconds')
  if (deadline !== undefined && (deadline < 1 || deadline > 2147483647))
    errors.invalid(`${path}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive')
  subdomain(text(spec, 'serviceAccountName'), `${path}.serviceAccountName`, errors)
  subdomain(text(spec, 'nodeName'), `${path}.nodeName`, errors)
  subdomain(text(spec, 'priorityClassName'), `${path}.priorityClassName`, errors)
  label(text(spec, 'hostname'), `${path}.hostname`, errors)
  label(text(spec, 'subdomain'), `${path}.subdomain`, errors)
  validateLabels(stringMap(spec, 'nodeSelector'), `${path}.nodeSelector`, errors)
  validateTolerations(spec, path, errors)
}

function subdomain(value: string, field: string, errors: FieldErrors): void {
  if (value !== '') for (const problem of validateDns1123Subdomain(value)) errors.invalid(field, value, problem)
}
function label(value: string, field: string, errors: FieldErrors): void {
  if (value !== '') for (const problem of validateDns1123Label(value)) errors.invalid(field, value, problem)
}

/** Names of the declared volumes. */
function validateVolumes(spec: ReadonlyFields, path: string, errors: FieldErrors): ReadonlySet<string> {
  const names = new Set<string>()
  items(spec, 'volumes').forEach((volume, index) => {
    const field = `${path}.volumes[${index}]`
    const name = text(volume, 'name')
    if (name === '') errors.required(`${field}.name`)
    else {
      label(name, `${field}.name`, errors)
      if (names.has(name)) errors.duplicate(`${field}.name`, name)
      names.add(name)
    }
    if (volumeSourceOf(volume) === undefined) errors.required(field, 'must specify a volume type')
    if (volume['persistentVolumeClaim'] !== undefined && text(at(volume, 'persistentVolumeClaim'), 'claimName') === '')
      errors.required(`${field}.persistentVolumeClaim.claimName`)
    if (volume['hostPath'] !== undefined && text(at(volume, 'hostPath'), 'path') === '')
      errors.required(`${field}.hostPath.path`)
    if (volume['secret'] !== undefined && text(at(volume, 'secret'), 'secretName') === '')
      errors.required(`${field}.secret.secretName`)
    if (volume['configMap'] !== undefined && text(at(volume, 'configMap'), 'name') === '')
      errors.required(`${field}.configMap.name`)
  })
  return names
}

function validateTolerations(spec: ReadonlyFields, path: string, errors: FieldErrors): void {
  items(spec, 'tolerations').forEach((toleration, index) => {
    const field = `${path}.tolerations[${index}]`
    const operator = text(toleration, 'operator') || 'Equal'
    errors.oneOf(`${field}.operator`, operator, ['Equal', 'Exists'])
    errors.oneOf(`${field}.effect`, text(toleration, 'effect'), ['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    if (text(toleration, 'key') === '' && operator !== 'Exists')
      errors.invalid(
        `${field}.operator`,
        operator,
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      )
    if (operator === 'Exists' && text(toleration, 'value') !== '')
      errors.invalid(`${field}.operator`, text(toleration, 'value'), "value must be empty when `operator` is 'Exists'")
    if (integer(toleration, 'tolerationSeconds') !== undefined && text(toleration, 'effect') !== 'NoExecute')
      errors.invalid(
        `${field}.effect`,
        text(toleration, 'effect'),
        "effect must be 'NoExecute' when `tolerationSeconds` is set",
      )
  })
}
