import { getNumber, parseApiVersion, withPath } from '@kairship/apimachinery'
import type { DeepReadonly } from '@kairship/apimachinery'
import { Annotations } from '@kairship/api/karmada'
import type { Cluster } from '@kairship/api/karmada'
import { divisionOf, isWorkload } from '@kairship/scheduler/core'
import type { Interpreter } from '@kairship/interpreter'
import type { Binding, Bindings } from '../engine/bindings.ts'
import type { Stores } from '../engine/stores.ts'
import type { Obj } from '../manifest/prune.ts'
import { merge } from '../manifest/stamp.ts'
import { overrideObject } from '../override/policies.ts'
import type { AppliedOverride } from '../override/policies.ts'
import { divideCompletions, targetsOf } from './targets.ts'
import type { Target } from './targets.ts'

/** A template as one member gets it, before it is pruned and stamped. */
export interface MemberManifest {
  readonly object: Obj
  readonly conflictResolution: 'abort' | 'overwrite'
  readonly overrides: readonly AppliedOverride[]
  readonly clusterOverrides: readonly AppliedOverride[]
}

export interface ManifestRequest {
  readonly template: Obj
  readonly binding: Binding
  readonly bindings: Bindings
  readonly target: Target
  readonly cluster: DeepReadonly<Cluster>
}

/** Replicas, then Job completions, then overrides (which so have the last word, T-10), then bookkeeping. */
export async function memberManifest(
  request: ManifestRequest,
  stores: Stores,
  interpreter: Interpreter,
  signal: AbortSignal,
): Promise<MemberManifest> {
  const { template, binding, bindings, cluster } = request
  const replicated = completed(await revised(request, interpreter, signal), request)
  const { namespace } = template.metadata
  const overridden = overrideObject(
    replicated,
    cluster,
    stores.clusterOverridePolicies.cache.list(),
    namespace ? stores.overridePolicies.cache.list({ namespace }) : [],
  )
  const conflictResolution = conflictResolutionOf(overridden.object, binding)
  const { metadata } = overridden.object
  const idLabel = binding.metadata.labels?.[bindings.idLabel] ?? ''
  const object: Obj = {
    ...overridden.object,
    metadata: {
      ...metadata,
      labels: merge(metadata.labels, { [bindings.idLabel]: idLabel }),
      annotations: merge(metadata.annotations, {
        ...bindings.annotations(binding),
        [Annotations.templateUid]: template.metadata.uid ?? '',
        [Annotations.templateGeneration]: String(template.metadata.generation ?? 0),
        [Annotations.conflictResolution]: conflictResolution,
      }),
    },
  }
  return { object, conflictResolution, overrides: overridden.namespaced, clusterOverrides: overridden.cluster }
}

async function revised(
  { template, binding, target }: ManifestRequest,
  interpreter: Interpreter,
  signal: AbortSignal,
): Promise<Obj> {
  if (!isWorkload(binding.spec)) return template
  const kind = { ...parseApiVersion(template.apiVersion ?? ''), kind: template.kind ?? '' }
  const input = { object: template, replicas: target.replicas ?? 0 }
  return (await interpreter.interpret(kind, 'reviseReplica', input, signal)) ?? template
}

function completed(object: Obj, { template, binding, target }: ManifestRequest): Obj {
  const completions = getNumber(template, ['spec', 'completions'])
  const strategy = binding.spec.placement?.replicaScheduling
  if (completions === undefined || (binding.spec.replicas ?? 0) === 0) return object
  if (divisionOf(strategy) === 'duplicated') return object
  const shares = divideCompletions(completions, targetsOf(binding), template.metadata.uid)
  return withPath(object, ['spec', 'completions'], shares.get(target.name) ?? 0)
}

/** The template's own annotation wins when it is one of the two words. */
function conflictResolutionOf(object: Obj, binding: Binding): 'abort' | 'overwrite' {
  const own = object.metadata.annotations?.[Annotations.conflictResolution]
  if (own === 'overwrite' || own === 'abort') return own
  return binding.spec.conflictResolution === 'Overwrite' ? 'overwrite' : 'abort'
}
