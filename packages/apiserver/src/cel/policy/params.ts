import { labelSelectorMatcher, type DeepReadonly, type LabelSelector, type Unstructured } from '@kairship/apimachinery'
import { child, type ReadonlyFields, text } from '../../builtin/fields.ts'
import type { PlaneRegistry } from '../../strategy.ts'
import { CelError } from '../error.ts'
import type { CompiledPolicy } from './policy.ts'

type View = DeepReadonly<Unstructured>

/** The objects that a binding hands to its policy, one evaluation each; `[undefined]` when it takes none. */
export function findParams(
  policy: CompiledPolicy,
  binding: ReadonlyFields,
  namespace: string,
  registry: Pick<PlaneRegistry, 'resources' | 'list' | 'get'>,
): readonly (View | undefined)[] {
  const { paramKind } = policy
  const reference = child(binding, 'paramRef')
  if (paramKind === undefined || reference === undefined) return [undefined]
  const found = resolve(paramKind, registry)
  if (found === undefined) {
    throw new CelError(
      `failed to find resource referenced by paramKind: '${paramKind.apiVersion}, Kind=${paramKind.kind}'`,
    )
  }
  const { group, resource, namespaced } = found.definition
  const given = text(reference, 'namespace')
  if (!namespaced && given !== '') {
    throw new CelError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`')
  }
  const where = namespaced ? given || namespace : ''
  if (namespaced && where === '') {
    throw new CelError("can't use namespaced paramRef to match cluster-scoped resources")
  }
  const params = select(reference, registry, group, resource, where)
  if (params.length > 0) return params
  if (text(reference, 'parameterNotFoundAction') === 'Allow') return []
  throw new CelError('no params found for policy binding with `Deny` parameterNotFoundAction')
}

function select(
  reference: ReadonlyFields,
  registry: Pick<PlaneRegistry, 'list' | 'get'>,
  group: string,
  resource: string,
  namespace: string,
): readonly View[] {
  const name = text(reference, 'name')
  if (name !== '') {
    const object = registry.get(group, resource, namespace, name)
    return object === undefined ? [] : [object]
  }
  const matcher = labelSelectorMatcher(child(reference, 'selector') as LabelSelector | undefined)
  const all = [...registry.list(group, resource, namespace === '' ? undefined : namespace)]
  return all.filter(({ metadata }) => matcher.matches(metadata.labels))
}

function resolve(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  registry: Pick<PlaneRegistry, 'resources'>,
): ReturnType<PlaneRegistry['resolve']> {
  for (const installed of registry.resources()) {
    const { group, version, kind: own } = installed.definition
    if (own === kind && apiVersion === (group === '' ? version : `${group}/${version}`)) return installed
  }
  return undefined
}
