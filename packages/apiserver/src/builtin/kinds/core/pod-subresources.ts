import { errors as apiErrors, failure, formatTime, labelSelectorMatcher, statusFromBody } from '@kairship/apimachinery'
import type { LabelSelector, Operation, Reply } from '@kairship/apimachinery'
import type { KindRules, ObjectView, PlaneServices } from '../../contracts.ts'
import type { RequestContext } from '../../../strategy.ts'
import { at, draftOf, ensure, integer, items, parseFields, text } from '../../fields.ts'

const pods = { group: '', version: 'v1', resource: 'pods' } as const
const budgets = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' } as const

/** `binding` puts a pod on a node, `eviction` deletes it when its disruption budgets allow. */
export const podSubresources: Pick<KindRules, 'subresource'> = {
  subresource: (context, plane) => {
    const { verb, subresource } = context.operation
    if (verb !== 'create') return undefined
    if (subresource === 'binding') return bind(context, plane)
    return subresource === 'eviction' ? evict(context, plane) : undefined
  },
}

function podOf({ operation }: RequestContext, plane: PlaneServices): ObjectView {
  const { namespace = '', name = '' } = operation
  const pod = plane.registry.get('', 'pods', namespace, name)
  if (pod === undefined) throw apiErrors.notFound(pods, name)
  return pod
}

async function run(plane: PlaneServices, operation: Operation): Promise<void> {
  const reply = await plane.registry.request(operation)
  if (reply.status >= 400) throw statusFromBody(reply.status, reply.body)
}

async function bind(context: RequestContext, plane: PlaneServices): Promise<Reply> {
  const pod = podOf(context, plane)
  const { namespace = '', name = '' } = pod.metadata
  const node = text(at(parseFields(context.operation.body) ?? {}, 'target'), 'name')
  const current = text(at(pod, 'spec'), 'nodeName')
  if (current !== '')
    throw apiErrors.conflict(pods, name, `pod ${name} is already assigned to node ${JSON.stringify(current)}`)
  const draft = draftOf(pod)
  ensure(draft, 'spec')['nodeName'] = node
  // An update through the subresource may set the node; the pod's own rules see which way it came.
  await run(plane, { ...pods, verb: 'update', namespace, name, subresource: 'binding', body: toBody(draft) })
  const bound = plane.registry.get('', 'pods', namespace, name)
  if (bound !== undefined) {
    const withCondition = draftOf(bound)
    const status = ensure(withCondition, 'status')
    const time = formatTime(context.now)
    const others = items(status, 'conditions').filter((condition) => condition['type'] !== 'PodScheduled')
    status['conditions'] = [
      ...others,
      { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: time },
    ]
    await run(plane, { ...pods, verb: 'update', namespace, name, subresource: 'status', body: toBody(withCondition) })
  }
  return success(201)
}

async function evict(context: RequestContext, plane: PlaneServices): Promise<Reply> {
  const pod = podOf(context, plane)
  const { namespace = '', name = '', labels = {} } = pod.metadata
  const phase = text(at(pod, 'status'), 'phase')
  const running = phase !== 'Succeeded' && phase !== 'Failed' && pod.metadata.deletionTimestamp === undefined
  const matching = running ? budgetsOf(namespace, labels, plane) : []
  if (matching.length > 1) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'
    throw failure(500, '', message)
  }
  const [budget] = matching
  if (budget !== undefined) await spend(budget, name, plane, context.now)
  const options = { ...at(parseFields(context.operation.body) ?? {}, 'deleteOptions') }
  const { query } = context.operation
  const dryRun = query === undefined ? {} : { query }
  await run(plane, { ...pods, verb: 'delete', namespace, name, body: toBody(options), ...dryRun })
  return success(201)
}

function budgetsOf(
  namespace: string,
  labels: { readonly [key: string]: string },
  plane: PlaneServices,
): readonly ObjectView[] {
  return [...plane.registry.list(budgets.group, budgets.resource, namespace)].filter((budget) =>
    labelSelectorMatcher(parseSelector(at(budget, 'spec')['selector'])).matches(labels),
  )
}
function parseSelector(value: unknown): LabelSelector | undefined {
  return parseFields(value) as LabelSelector | undefined
}

/** Takes one disruption from the budget, or refuses with 429 as long as there is none. */
async function spend(budget: ObjectView, pod: string, plane: PlaneServices, now: number): Promise<void> {
  const { namespace = '', name = '', generation = 0 } = budget.metadata
  const status = at(budget, 'status')
  const left = integer(status, 'disruptionsAllowed') ?? 0
  const known = (integer(status, 'observedGeneration') ?? 0) >= generation
  if (!known || left <= 0) {
    const [current, needed] = [integer(status, 'currentHealthy') ?? 0, integer(status, 'desiredHealthy') ?? 0]
    const cause = known
      ? `The disruption budget ${name} needs ${needed} healthy pods and has ${current} currently`
      : `The disruption budget ${name} is still being processed by the server.`
    throw failure(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [{ reason: 'DisruptionBudget', message: cause }],
      retryAfterSeconds: known ? 0 : 10,
    })
  }
  const draft = draftOf(budget)
  const next = ensure(draft, 'status')
  next['disruptionsAllowed'] = left - 1
  next['disruptedPods'] = { ...at(status, 'disruptedPods'), [pod]: formatTime(now) }
  await run(plane, { ...budgets, verb: 'update', namespace, name, subresource: 'status', body: toBody(draft) })
}

function success(status: number): Reply {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: status }
  return { status, body, warnings: [] }
}

/** Objects are JSON; the type system needs telling. */
function toBody(object: object): NonNullable<Operation['body']> {
  return object as NonNullable<Operation['body']>
}
