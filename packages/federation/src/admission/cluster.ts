import { failure, formatTime, validateDns1123Label, validateQualifiedName } from '@kairship/apimachinery'
import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'
import type { AdmissionPlugin, AdmissionRequest } from '@kairship/api'
import { CLUSTER_NAME_MAX_LENGTH } from '@kairship/api/karmada'
import type { ClusterSpec } from '@kairship/api/karmada'
import type { Clock } from '@kairship/runtime'
import { defaultModels, modelProblems, standardModels } from './cluster-models.ts'
import { formatProblem, formatProblems, invalid } from './denied.ts'
import type { Problem } from './denied.ts'
import { parseClusterSpec, toUnstructured } from './parse.ts'

type Spec = DeepReadonly<ClusterSpec>

/** What Karmada's aggregated API server does to Clusters. */
export function clusterPlugin(clock: Clock): AdmissionPlugin {
  return {
    name: 'cluster.karmada.io',
    handles: ({ group, resource, subresource, operation }) =>
      group === 'cluster.karmada.io' && resource === 'clusters' && subresource === undefined && operation !== 'DELETE',
    mutate: (request) => mutate(request, clock),
    validate,
  }
}

function mutate({ object, operation }: AdmissionRequest, clock: Clock): Unstructured | undefined {
  if (object === undefined) return undefined
  const given = parseClusterSpec(object['spec'])
  let spec = withZones(given)
  spec = withTaintTimes(spec, clock)
  const models = spec.resourceModels ?? []
  if (models.length > 0) spec = { ...spec, resourceModels: standardModels(models) }
  else if (operation === 'CREATE') spec = { ...spec, resourceModels: defaultModels() }
  return spec === given ? undefined : toUnstructured({ ...object, spec })
}

/** The deprecated `zone` becomes the only entry of `zones`. Both together are refused later. */
function withZones(spec: Spec): Spec {
  if (!spec.zone || (spec.zones ?? []).length > 0) return spec
  const { zone, ...rest } = spec
  return { ...rest, zones: [zone] }
}

function withTaintTimes(spec: Spec, clock: Clock): Spec {
  const untimed = (spec.taints ?? []).some(({ effect, timeAdded }) => effect === 'NoExecute' && !timeAdded)
  if (!untimed) return spec
  const timeAdded = formatTime(clock.now())
  const taints = (spec.taints ?? []).map((taint) =>
    taint.effect === 'NoExecute' && !taint.timeAdded ? { ...taint, timeAdded } : taint,
  )
  return { ...spec, taints }
}

function validate({ object, name }: AdmissionRequest): void {
  if (object === undefined) return
  const spec = parseClusterSpec(object['spec'])
  const problems: Problem[] = [...nameProblems(name), ...endpointProblems(spec), ...secretProblems(spec)]
  if (spec.zone && (spec.zones ?? []).length > 0) {
    problems.push(invalid('spec.zone', spec.zone, 'zone and zones can not co-exist'))
  }
  for (const [index, taint] of (spec.taints ?? []).entries()) {
    const at = `spec.taints[${index}]`
    problems.push(...validateQualifiedName(taint.key).map((detail) => invalid(`${at}.key`, taint.key, detail)))
    if (!['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(taint.effect)) {
      problems.push(invalid(`${at}.effect`, taint.effect, 'must be NoSchedule, PreferNoSchedule or NoExecute'))
    }
  }
  problems.push(...modelProblems(spec.resourceModels ?? []))
  if (problems.length === 0) return
  const message = `Cluster.cluster.karmada.io "${name}" is invalid: ${formatProblems(problems)}`
  throw failure(422, 'Invalid', message, {
    name,
    group: 'cluster.karmada.io',
    kind: 'Cluster',
    causes: problems.map((problem) => ({
      reason: 'FieldValueInvalid',
      message: formatProblem(problem).slice(problem.field.length + 2),
      field: problem.field,
    })),
  })
}

function nameProblems(name: string): Problem[] {
  const problems = validateDns1123Label(name).map((detail) => invalid('metadata.name', name, detail))
  if (name.length > CLUSTER_NAME_MAX_LENGTH) {
    problems.push(invalid('metadata.name', name, `must be no more than ${CLUSTER_NAME_MAX_LENGTH} characters`))
  }
  return problems
}

function endpointProblems({ apiEndpoint, proxyURL }: Spec): Problem[] {
  const problems: Problem[] = []
  if (apiEndpoint) {
    const url = URL.canParse(apiEndpoint) ? new URL(apiEndpoint) : undefined
    if (url === undefined || url.host === '') {
      problems.push(invalid('spec.apiEndpoint', apiEndpoint, 'must be a valid URL with a host'))
    } else if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
      const detail = 'must not contain user information, a query or a fragment'
      problems.push(invalid('spec.apiEndpoint', apiEndpoint, detail))
    }
  }
  if (proxyURL) {
    const protocol = URL.canParse(proxyURL) ? new URL(proxyURL).protocol : ''
    if (!['http:', 'https:', 'socks5:'].includes(protocol)) {
      problems.push(invalid('spec.proxyURL', proxyURL, 'must be a URL with scheme http, https or socks5'))
    }
  }
  return problems
}

function secretProblems(spec: Spec): Problem[] {
  return (['secretRef', 'impersonatorSecretRef'] as const).flatMap((field) => {
    const reference = spec[field]
    if (reference === undefined) return []
    return (['namespace', 'name'] as const).flatMap((part) =>
      reference[part] ? [] : [{ kind: 'Required value', field: `spec.${field}.${part}`, detail: '' } satisfies Problem],
    )
  })
}
