import { Clusters } from '@kairship/api/karmada'
import { isReason } from '@kairship/apimachinery'
import type { Client } from '@kairship/client'
import type { Clock } from '@kairship/runtime'
import { JoinError } from './errors.ts'
import { credentialsNamespace, joinNames, rolePrefix } from './objects.ts'
import { fromInstance } from './preflight.ts'
import { ClusterRoleBindings, ClusterRoles, Namespaces, Secrets, ServiceAccounts } from '@kairship/api/builtin'

export interface UnjoinOptions {
  readonly instance: Client
  readonly name: string
  /** How the member is reached for cleaning up, given the token it was joined with; `undefined` leaves it alone. */
  readonly connectMember?: (credentials: MemberCredentials) => Client | undefined
  readonly timeoutMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onProgress?: (step: string) => void
}

export interface MemberCredentials {
  readonly endpoint: string
  readonly token: string
  readonly caBundle: string
  readonly insecure: boolean
}

/** What stays in the member, as `kind name`; empty when it was left as it was before joining. */
export interface Left {
  readonly remaining: readonly string[]
}

/**
 * Lets a member leave: its workloads move or go, its objects made by the instance are removed, then the credentials in
 * the member are deleted.
 */
export async function unjoinCluster(options: UnjoinOptions): Promise<Left> {
  const { instance, name, signal } = options
  const say = options.onProgress ?? (() => {})
  const cluster = await fromInstance(() => instance.of(Clusters).find(name, { signal }))
  if (cluster === undefined) {
    throw new JoinError('NOT_A_MEMBER', `the instance has no member named ${JSON.stringify(name)}`, {
      next: 'list the members with `kairship cluster list`',
    })
  }
  const secret = await fromInstance(() =>
    instance.of(Secrets, credentialsNamespace).find(joinNames(name).secret, { signal }),
  )
  const member = options.connectMember?.({
    endpoint: cluster.spec?.apiEndpoint ?? '',
    token: decodeBase64(secret?.data?.['token']),
    caBundle: decodeBase64(secret?.data?.['caBundle']),
    insecure: cluster.spec?.insecureSkipTLSVerification ?? false,
  })
  if (cluster.metadata.deletionTimestamp === undefined) {
    say('removing the member from the instance')
    await fromInstance(() => instance.of(Clusters).delete(name, { signal }))
  }
  await gone(options)
  if (member === undefined) return { remaining: joinedObjects(name) }
  say('removing the credentials from the cluster')
  return releaseMember(member, name, signal)
}

async function gone(options: UnjoinOptions): Promise<void> {
  const deadline = options.clock.now() + options.timeoutMs
  for (let pause = 20; ; pause = Math.min(pause * 2, 1000)) {
    const cluster = await fromInstance(() =>
      options.instance.of(Clusters).find(options.name, { signal: options.signal }),
    )
    if (cluster === undefined) return
    if (options.clock.now() > deadline) {
      const holders = cluster.metadata.finalizers?.join(', ') ?? 'nothing visible'
      throw new JoinError(
        'LEAVE_TIMED_OUT',
        `the member ${options.name} did not leave within ${options.timeoutMs / 1000} s (held by ${holders})`,
        { next: 'it continues in the background; look at `kubectl get works -A` in the instance to see what is left' },
      )
    }
    await options.clock.sleep(pause, options.signal)
  }
}

/**
 * Removes from a member what joining created in it; never throws. The role is owned by the namespace first, so that one
 * deletion takes everything: the token used here dies with the namespace and could not finish a sequence of deletions.
 */
export async function releaseMember(member: Client, name: string, signal: AbortSignal): Promise<Left> {
  const names = joinNames(name)
  try {
    const namespace = await member.of(Namespaces).find(credentialsNamespace, { signal })
    const roles = await member.of(ClusterRoles).list({ signal })
    const others = roles.items.filter(
      (role) => role.metadata.name?.startsWith(`${rolePrefix}karmada-`) === true && role.metadata.name !== names.role,
    )
    if (namespace?.metadata.labels?.['karmada.io/system'] === 'true' && others.length === 0) {
      const owner = {
        metadata: {
          ownerReferences: [
            { apiVersion: 'v1', kind: 'Namespace', name: credentialsNamespace, uid: namespace.metadata.uid ?? '' },
          ],
        },
      }
      for (const ref of [ClusterRoleBindings, ClusterRoles]) {
        await ignoreMissing(member.of(ref).patch(names.role, 'merge', owner, { signal }))
      }
      await member.of(Namespaces).delete(credentialsNamespace, { propagation: 'Background', signal })
      return { remaining: [] }
    }
    // Shared with another control plane: only what is ours goes, the rights last.
    await ignoreMissing(member.of(Secrets, credentialsNamespace).delete(names.account, { signal }))
    await ignoreMissing(member.of(ServiceAccounts, credentialsNamespace).delete(names.account, { signal }))
    await ignoreMissing(member.of(ClusterRoleBindings).delete(names.role, { signal }))
    await ignoreMissing(member.of(ClusterRoles).delete(names.role, { signal }))
    return { remaining: [] }
  } catch {
    // The member is no longer part of the instance; an unreachable cluster must not make leaving fail.
    return { remaining: joinedObjects(name) }
  }
}

function joinedObjects(name: string): readonly string[] {
  const names = joinNames(name)
  return [`namespace ${credentialsNamespace}`, `clusterrole ${names.role}`, `clusterrolebinding ${names.role}`]
}

async function ignoreMissing(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error
  }
}

function decodeBase64(text: string | undefined): string {
  return text === undefined ? '' : Buffer.from(text, 'base64').toString('utf8')
}
