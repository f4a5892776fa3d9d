import { formatTime } from '@kairship/apimachinery'
import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'
import type { ResourceDefinition } from '@kairship/api'
import { at, draftOf, ensure, items, strings } from '../builtin/fields.ts'
import { withCondition } from '../crd/status.ts'
import type { PlaneRegistry } from '../strategy.ts'
import { KeyedLoop } from './keyed-loop.ts'
import type { Outcome } from './keyed-loop.ts'
import { call, callUnless, parseBody } from './requests.ts'
import type { Target } from './requests.ts'

type View = DeepReadonly<Unstructured>

const namespaces: Target = { group: '', version: 'v1', resource: 'namespaces' }
const finalizer = 'kubernetes'
const longestWaitMs = 5_000

/** Empties terminating namespaces, pods first, and lets them go when nothing is left. */
export function startNamespaceController(registry: PlaneRegistry): AsyncDisposable {
  const terminating = new Set<string>()
  const rounds = new Map<string, number>()
  const loop = new KeyedLoop({
    name: 'namespaces',
    registry,
    reconcile: async (name): Promise<Outcome> => {
      const done = await empty(name, registry)
      const round = (rounds.get(name) ?? 0) + 1
      if (done) rounds.delete(name)
      else rounds.set(name, round)
      // Deletions of content bring the key back at once; this is for content that changes without vanishing.
      return done ? undefined : { again: Math.min(longestWaitMs, 50 * 2 ** Math.min(round, 10)) }
    },
  })
  const stack = new DisposableStack()
  stack.use(
    registry.subscribe('', 'namespaces', (event) => {
      const { name = '', deletionTimestamp } = event.object.metadata
      if (event.type === 'delete') terminating.delete(name)
      else if (deletionTimestamp !== undefined) {
        terminating.add(name)
        loop.add(name)
      }
    }),
  )
  stack.use(
    registry.subscribeAll((_resource, event) => {
      if (event.type !== 'delete' || terminating.size === 0) return
      const { namespace } = event.object.metadata
      if (namespace !== undefined && terminating.has(namespace)) loop.add(namespace)
    }),
  )
  return {
    async [Symbol.asyncDispose]() {
      stack.dispose()
      await loop[Symbol.asyncDispose]()
    },
  }
}

interface Remaining {
  readonly definition: ResourceDefinition
  readonly objects: readonly View[]
}

/** True when there is nothing more to do for this namespace. */
async function empty(name: string, registry: PlaneRegistry): Promise<boolean> {
  const namespace = registry.get('', 'namespaces', '', name)
  if (namespace === undefined || namespace.metadata.deletionTimestamp === undefined) return true
  if (!strings(at(namespace, 'spec'), 'finalizers').includes(finalizer)) return true
  const before = remaining(name, registry)
  const pods = before.filter(({ definition }) => definition.group === '' && definition.resource === 'pods')
  const failures: string[] = []
  // Pods use the rest; they go first and all the way.
  await deleteAll(name, pods.length > 0 ? pods : before, registry, failures)
  const after = remaining(name, registry)
  if (after.length > 0) {
    await reportProgress(name, after, failures, registry)
    return false
  }
  await finalize(name, registry)
  return true
}

/** What is in the namespace, by resource; each set of objects once, in whatever group it is served. */
function remaining(namespace: string, registry: PlaneRegistry): Remaining[] {
  const found = new Map<string, Remaining>()
  for (const { definition } of registry.resources()) {
    if (!definition.namespaced || definition.virtual || !definition.verbs.includes('delete')) continue
    const key = `${definition.storageGroup ?? definition.group}/${definition.resource}`
    if (found.has(key)) continue
    const objects = [...registry.list(definition.group, definition.resource, namespace)]
    if (objects.length > 0) found.set(key, { definition, objects })
  }
  return [...found.values()]
}

async function deleteAll(
  namespace: string,
  content: readonly Remaining[],
  registry: PlaneRegistry,
  failures: string[],
): Promise<void> {
  for (const { definition, objects } of content) {
    if (objects.every((object) => object.metadata.deletionTimestamp !== undefined)) continue
    const { group, version, resource } = definition
    try {
      const body = { propagationPolicy: 'Background' }
      await call(registry, { verb: 'deletecollection', group, version, resource, namespace, body })
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
}

async function finalize(name: string, registry: PlaneRegistry): Promise<void> {
  const current = registry.get('', 'namespaces', '', name)
  if (current === undefined) return
  const draft = draftOf(current)
  const spec = ensure(draft, 'spec')
  spec['finalizers'] = strings(spec, 'finalizers').filter((item) => item !== finalizer)
  const operation = { ...namespaces, verb: 'update', name, subresource: 'finalize', body: parseBody(draft) } as const
  await callUnless(registry, [404], operation)
}

async function reportProgress(
  name: string,
  left: readonly Remaining[],
  failures: readonly string[],
  registry: PlaneRegistry,
): Promise<void> {
  const current = registry.get('', 'namespaces', '', name)
  if (current === undefined) return
  const time = formatTime(registry.clock.now())
  const draft = draftOf(current)
  const status = ensure(draft, 'status')
  let conditions = items(status, 'conditions')
  const set = (type: string, bad: boolean, reason: string, message: string): void => {
    conditions = withCondition(conditions, type, bad ? 'True' : 'False', reason, message, time)
  }
  set('NamespaceDeletionDiscoveryFailure', false, 'ResourcesDiscovered', 'All resources successfully discovered')
  set(
    'NamespaceDeletionGroupVersionParsingFailure',
    false,
    'ParsedGroupVersions',
    'All legacy kube types successfully parsed',
  )
  if (failures.length === 0) {
    const message = 'All content successfully deleted, may be waiting on finalization'
    set('NamespaceDeletionContentFailure', false, 'ContentDeleted', message)
  } else {
    const message = `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}`
    set('NamespaceDeletionContentFailure', true, 'ContentDeletionFailed', message)
  }
  set('NamespaceContentRemaining', true, 'SomeResourcesRemain', `Some resources are remaining: ${countResources(left)}`)
  const finalizers = countFinalizers(left)
  if (finalizers === '') {
    const message = 'All content-preserving finalizers finished'
    set('NamespaceFinalizersRemaining', false, 'ContentHasNoFinalizers', message)
  } else {
    const message = `Some content in the namespace has finalizers remaining: ${finalizers}`
    set('NamespaceFinalizersRemaining', true, 'SomeFinalizersRemain', message)
  }
  status['conditions'] = conditions
  const operation = { ...namespaces, verb: 'update', name, subresource: 'status', body: parseBody(draft) } as const
  await callUnless(registry, [404, 409], operation)
}

function countResources(left: readonly Remaining[]): string {
  return left
    .map(
      ({ definition, objects }) =>
        `${definition.resource}.${definition.group} has ${objects.length} resource instances`,
    )
    .join(', ')
}

function countFinalizers(left: readonly Remaining[]): string {
  const counts = new Map<string, number>()
  for (const { objects } of left) {
    for (const object of objects) {
      for (const item of object.metadata.finalizers ?? []) counts.set(item, (counts.get(item) ?? 0) + 1)
    }
  }
  return [...counts].map(([item, count]) => `${item} in ${count} resource instances`).join(', ')
}
