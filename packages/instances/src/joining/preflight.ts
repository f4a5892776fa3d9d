import { Clusters } from '@kairship/api/karmada'
import { ApiError, ConnectionError, isReason } from '@kairship/apimachinery'
import type { Client } from '@kairship/client'
import { JoinError } from './errors.ts'
import { credentialsNamespace, joinedByAnnotation, rolePrefix } from './objects.ts'
import { ClusterRoles, Namespaces, SelfSubjectAccessReviews } from '@kairship/api/builtin'

const longestName = 48
const oldestMinor = 16

/** What the checks learned; nothing has been changed yet. */
export interface Findings {
  /** UID of the member's kube-system namespace: the identity of the cluster. */
  readonly id: string
  readonly version: string
  /** UID of the instance's kube-system namespace: the identity of the control plane. */
  readonly instanceId: string
}

export interface PreflightOptions {
  readonly name: string
  readonly instance: Client
  readonly member: Client
  readonly endpoint: string
  /** Join although another control plane has joined this cluster. */
  readonly shared: boolean
  readonly signal: AbortSignal
}

/** Everything that can be known to fail is found here, while nothing has been changed. Cheapest questions first. */
export async function preflight(options: PreflightOptions): Promise<Findings> {
  checkName(options.name)
  const clusters = await fromInstance(() => options.instance.of(Clusters).list({ signal: options.signal }))
  if (clusters.items.some((cluster) => cluster.metadata.name === options.name)) throw nameTaken(options.name)
  const version = await memberVersion(options)
  const id = await memberId(options)
  const instanceId = await fromInstance(async () => {
    const namespace = await options.instance.of(Namespaces).find('kube-system', { signal: options.signal })
    return namespace?.metadata.uid ?? ''
  })
  await checkRunsWorkloads(options, id === instanceId)
  const twin = clusters.items.find((cluster) => cluster.spec?.id === id)
  if (twin !== undefined) {
    throw new JoinError(
      'ALREADY_JOINED',
      `this cluster is already a member, as ${JSON.stringify(twin.metadata.name)}`,
      {
        next: `use the member ${twin.metadata.name}, or let it leave first with \`kairship cluster unjoin\``,
      },
    )
  }
  await checkRights(options)
  if (!options.shared) await checkElsewhere(options, instanceId)
  return { id, version, instanceId }
}

function checkName(name: string): void {
  if (name.length <= longestName && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) return
  throw new JoinError('INVALID_NAME', `${JSON.stringify(name)} is not a valid member name`, {
    next: `use at most ${longestName} lower-case letters, digits and "-", beginning and ending with a letter or digit`,
  })
}

export function nameTaken(name: string): JoinError {
  return new JoinError('NAME_TAKEN', `the instance already has a member named ${JSON.stringify(name)}`, {
    next: 'choose another name with --name, or let that member leave first',
  })
}

async function memberVersion(options: PreflightOptions): Promise<string> {
  const reply = await fromMember(options, () => options.member.connection.raw('/version', { signal: options.signal }))
  if (reply.status === 401) throw unauthorized(options)
  const text = new TextDecoder().decode(reply.body)
  const version = /"gitVersion":\s*"(v(\d+)\.(\d+)[^"]*)"/.exec(text)
  if (reply.status !== 200 || version === null) {
    throw new JoinError(
      'MEMBER_NOT_KUBERNETES',
      `${options.endpoint} does not answer like a Kubernetes API (GET /version: status ${reply.status})`,
      { next: 'check the server address in the kubeconfig' },
    )
  }
  const [, gitVersion = '', major = '', minor = ''] = version
  if (Number(major) === 1 && Number(minor) < oldestMinor) {
    throw new JoinError('MEMBER_TOO_OLD', `the cluster runs Kubernetes ${gitVersion}`, {
      next: `members need Kubernetes 1.${oldestMinor} or newer`,
    })
  }
  return gitVersion
}

async function memberId(options: PreflightOptions): Promise<string> {
  const namespace = await fromMember(options, () =>
    options.member.of(Namespaces).get('kube-system', { signal: options.signal }),
  )
  const id = namespace.metadata.uid
  if (id !== undefined && id !== '') return id
  throw new JoinError('MEMBER_NOT_KUBERNETES', `the namespace kube-system of ${options.endpoint} has no UID`, {
    next: 'check the server address in the kubeconfig',
  })
}

/** A control plane that became its own member would propagate what it has just written; a hub runs nothing. */
async function checkRunsWorkloads(options: PreflightOptions, isInstance: boolean): Promise<void> {
  const { endpoint, signal } = options
  const isHub = async (): Promise<boolean> => {
    const reply = await fromMember(options, () => options.member.connection.raw('/apis/kairship.io', { signal }))
    return reply.status === 200
  }
  if (!isInstance && !(await isHub())) return
  throw new JoinError(
    'NO_WORKLOAD_CLUSTER',
    isInstance ? `${endpoint} is the instance itself` : `${endpoint} is a hub: a control plane that runs no workloads`,
    { next: 'give the kubeconfig of a cluster that runs workloads' },
  )
}

async function checkRights(options: PreflightOptions): Promise<void> {
  const review = await fromMember(options, () =>
    options.member.of(SelfSubjectAccessReviews).create(
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        metadata: {},
        spec: { resourceAttributes: { verb: '*', group: '*', resource: '*' } },
      },
      { signal: options.signal },
    ),
  )
  if (review.status?.allowed === true) return
  throw missingRights(options)
}

async function checkElsewhere(options: PreflightOptions, instanceId: string): Promise<void> {
  const { member, signal } = options
  const namespace = await fromMember(options, () => member.of(Namespaces).find(credentialsNamespace, { signal }))
  if (namespace === undefined) return
  const owner = namespace.metadata.annotations?.[joinedByAnnotation]
  // What an interrupted attempt of ours left is completed, not refused.
  if (owner === instanceId && instanceId !== '') return
  const roles = await fromMember(options, () => member.of(ClusterRoles).list({ signal }))
  const left = roles.items.find((role) => role.metadata.name?.startsWith(`${rolePrefix}karmada-`))
  if (left === undefined) return
  throw new JoinError(
    'JOINED_ELSEWHERE',
    `another control plane manages this cluster: it has the ClusterRole ${left.metadata.name}`,
    { next: 'let it leave the other control plane first, or join it to both with --shared' },
  )
}

/** Runs a question to the member and turns what can go wrong into what it means for joining. */
export async function fromMember<T>(
  options: { readonly endpoint: string; readonly signal: AbortSignal },
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof ConnectionError) {
      throw new JoinError('MEMBER_UNREACHABLE', `cannot reach the cluster at ${options.endpoint}: ${error.message}`, {
        cause: error,
        next: 'check the address and certificates in the kubeconfig, and that this machine can reach the cluster',
      })
    }
    if (isReason(error, 'Unauthorized')) throw unauthorized(options, error)
    if (isReason(error, 'Forbidden')) throw missingRights(options, error)
    throw error
  }
}

export async function fromInstance<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof ConnectionError) {
      throw new JoinError('INSTANCE_UNREACHABLE', `cannot reach the instance: ${error.message}`, {
        cause: error,
        next: 'check that the server runs (kairship status)',
      })
    }
    if (error instanceof ApiError) {
      throw new JoinError('INSTANCE_REFUSED', `the instance refused: ${error.message}`, {
        cause: error,
        next: 'correct what the message names and try again',
      })
    }
    throw error
  }
}

function unauthorized(options: { readonly endpoint: string }, cause?: unknown): JoinError {
  return new JoinError('MEMBER_UNAUTHORIZED', `the cluster at ${options.endpoint} does not accept these credentials`, {
    cause,
    next: 'check the user in the kubeconfig context; its certificate or token may have expired',
  })
}

function missingRights(options: { readonly endpoint: string }, cause?: unknown): JoinError {
  return new JoinError('MEMBER_RIGHTS', `these credentials may not administer the cluster at ${options.endpoint}`, {
    cause,
    next: 'joining creates a ClusterRole: use a kubeconfig user bound to cluster-admin',
  })
}
