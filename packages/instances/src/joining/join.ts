import { type Cluster, Clusters } from '@kairship/api/karmada'
import { type DeepReadonly, type KubeObject, type ResourceRef, isReason } from '@kairship/apimachinery'
import { type Client, edit } from '@kairship/client'
import type { Clock } from '@kairship/runtime'
import { JoinError } from './errors.ts'
import {
  type MemberPlace,
  accountObject,
  clusterObject,
  credentialsNamespace,
  credentialsObject,
  impersonatorAccount,
  joinNames,
  joinedByAnnotation,
  namespaceObject,
  ownedBy,
  roleBindingObject,
  roleObject,
  tokenRequestObject,
} from './objects.ts'
import { fromInstance, fromMember, nameTaken, preflight } from './preflight.ts'
import { ClusterRoleBindings, ClusterRoles, Namespaces, Secrets, ServiceAccounts } from '@kairship/api/builtin'

export interface JoinOptions {
  /** The instance, with rights to create clusters, and secrets in `karmada-cluster`. */
  readonly instance: Client
  /** The cluster to join, with cluster-admin rights. */
  readonly member: Client
  /** The member's address as the instance will use it: the kubeconfig's server. */
  readonly endpoint: string
  /** PEM of the CA that signed the member's serving certificate; what the member itself publishes when left out. */
  readonly caBundle?: string
  /** Do not verify the member's serving certificate. */
  readonly insecure?: boolean
  readonly name: string
  readonly place?: MemberPlace
  readonly shared?: boolean
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onProgress?: (step: string) => void
}

export interface Joined {
  readonly cluster: DeepReadonly<Cluster>
  readonly version: string
}

/** How long a member may take to issue a token for a ServiceAccount. */
const tokenMs = 30_000

/**
 * Makes a cluster a member, with exactly the objects Karmada's own tool creates. Checks everything first; undoes what it
 * created when a later step fails.
 */
export async function joinCluster(options: JoinOptions): Promise<Joined> {
  const say = options.onProgress ?? (() => {})
  say('checking the cluster')
  const findings = await preflight({ ...options, shared: options.shared ?? false })
  const cluster = clusterObject({
    name: options.name,
    id: findings.id,
    endpoint: options.endpoint,
    insecure: options.insecure ?? false,
    place: options.place ?? {},
  })
  await createCluster(options, cluster, true)
  const undo = new Undo()
  try {
    say(`creating credentials in the cluster (Kubernetes ${findings.version})`)
    const tokens = await prepareMember(options, findings.instanceId, undo)
    say('registering the member')
    const created = await register(options, cluster, tokens, undo)
    return { cluster: created, version: findings.version }
  } catch (error) {
    await undo.run()
    throw error
  }
}

interface Tokens {
  readonly member: string
  readonly impersonator: string
  /** Base64, as Secrets carry it. */
  readonly caBundle: string
}

async function prepareMember(options: JoinOptions, instanceId: string, undo: Undo): Promise<Tokens> {
  const { member, signal } = options
  const names = joinNames(options.name)
  const ensure = async <T extends KubeObject>(ref: ResourceRef<T>, object: T): Promise<void> => {
    const client = member.of(ref, ref.namespaced ? credentialsNamespace : undefined)
    const name = object.metadata.name ?? ''
    const created = await fromMember(options, async () => {
      try {
        // An object read through a type parameter; nothing of it is changed by the call.
        await client.create(object as DeepReadonly<T>, { signal, fieldManager: 'kairship' })
        return true
      } catch (error) {
        if (isReason(error, 'AlreadyExists')) return false
        throw error
      }
    })
    if (created) undo.add(() => client.delete(name, { propagation: 'Background' }))
  }
  await ensure(Namespaces, namespaceObject(instanceId === '' ? {} : { [joinedByAnnotation]: instanceId }))
  await ensure(ServiceAccounts, accountObject(impersonatorAccount))
  await ensure(ServiceAccounts, accountObject(names.account))
  await ensure(ClusterRoles, roleObject(names.role))
  await ensure(ClusterRoleBindings, roleBindingObject(names.role, names.account))
  await ensure(Secrets, tokenRequestObject(impersonatorAccount))
  await ensure(Secrets, tokenRequestObject(names.account))
  const [impersonator, own] = await Promise.all([
    issuedToken(options, impersonatorAccount),
    issuedToken(options, names.account),
  ])
  const caBundle = options.caBundle === undefined ? own.ca : Buffer.from(options.caBundle).toString('base64')
  return { member: own.token, impersonator: impersonator.token, caBundle }
}

/** The member's token controller fills the Secret some time after it was created. */
async function issuedToken(options: JoinOptions, account: string): Promise<{ token: string; ca: string }> {
  const { clock, member, signal } = options
  const deadline = clock.now() + tokenMs
  for (let pause = 20; ; pause = Math.min(pause * 2, 1000)) {
    const secret = await fromMember(options, () => member.of(Secrets, credentialsNamespace).find(account, { signal }))
    const token = secret?.data?.['token']
    if (token !== undefined && token !== '') return { token, ca: secret?.data?.['ca.crt'] ?? '' }
    if (clock.now() > deadline) {
      throw new JoinError(
        'TOKEN_NOT_ISSUED',
        `the cluster issued no token for the ServiceAccount ${credentialsNamespace}/${account} within ${tokenMs / 1000} s`,
        { next: 'check that its controller manager runs (it fills Secrets of type service-account-token)' },
      )
    }
    await clock.sleep(pause, signal)
  }
}

async function register(
  options: JoinOptions,
  cluster: Cluster,
  tokens: Tokens,
  undo: Undo,
): Promise<Joined['cluster']> {
  const { instance, signal } = options
  const names = joinNames(options.name)
  await fromInstance(async () => {
    const namespaces = instance.of(Namespaces)
    if ((await namespaces.find(credentialsNamespace, { signal })) === undefined) {
      await namespaces.create(namespaceObject({}), { signal }).catch((error: unknown) => {
        if (!isReason(error, 'AlreadyExists')) throw error
      })
    }
  })
  // Credentials first: controllers look for them as soon as they see the Cluster.
  await putSecret(options, credentialsObject(names.secret, { caBundle: tokens.caBundle, token: tokens.member }), undo)
  await putSecret(options, credentialsObject(names.impersonatorSecret, { token: tokens.impersonator }), undo)
  const created = await createCluster(options, cluster, false)
  undo.add(() => instance.of(Clusters).delete(options.name))
  const ownerReferences = [ownedBy({ name: options.name, uid: created.metadata.uid ?? '' })]
  await fromInstance(async () => {
    const secrets = instance.of(Secrets, credentialsNamespace)
    for (const name of [names.secret, names.impersonatorSecret]) {
      await secrets.patch(name, 'merge', { metadata: { ownerReferences } }, { signal })
    }
  })
  return created
}

async function createCluster(options: JoinOptions, cluster: Cluster, dryRun: boolean): Promise<Joined['cluster']> {
  try {
    return await options.instance.of(Clusters).create(cluster, { dryRun, signal: options.signal })
  } catch (error) {
    if (isReason(error, 'AlreadyExists')) throw nameTaken(options.name)
    return fromInstance(() => Promise.reject(error))
  }
}

/** A Secret left by an earlier attempt is replaced: its token may be dead. */
async function putSecret(
  options: JoinOptions,
  secret: ReturnType<typeof credentialsObject>,
  undo: Undo,
): Promise<void> {
  const client = options.instance.of(Secrets, credentialsNamespace)
  const name = secret.metadata.name ?? ''
  await fromInstance(async () => {
    const existing = await client.find(name, { signal: options.signal })
    if (existing === undefined) await client.create(secret, { signal: options.signal })
    else {
      const { resourceVersion, uid } = edit(existing).metadata
      const metadata = {
        ...secret.metadata,
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
        ...(uid === undefined ? {} : { uid }),
      }
      await client.update({ ...secret, metadata }, { signal: options.signal })
    }
  })
  undo.add(() => client.delete(name))
}

/** Undoes in reverse order; what cannot be undone is left, because the first error is the one that matters. */
class Undo {
  readonly #steps: (() => Promise<void>)[] = []
  add(step: () => Promise<void>): void {
    this.#steps.push(step)
  }
  async run(): Promise<void> {
    for (const step of this.#steps.toReversed()) await step().catch(() => undefined)
  }
}
