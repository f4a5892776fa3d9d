import { Instances, ManagedClusters } from '@kairship/api/kairship'
import { Clusters } from '@kairship/api/karmada'
import type { KubeObject, ResourceRef, UserInfo } from '@kairship/apimachinery'
import { type Client, type Informers, createClient, withUserAgent } from '@kairship/client'
import { joinCluster } from '@kairship/instances'
import type { Clock } from '@kairship/runtime'
import type { Fleet } from '../fleet/fleet.ts'
import { applyFiles, unlessThere } from './apply.ts'
import { demoInstance, demoMembers } from './scene.ts'

export interface SeedOptions {
  readonly hub: Client
  readonly informers: Informers
  readonly fleet: Fleet
  readonly servingCa: string
  readonly examplesDir: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onProgress: (step: string) => void
}

const seedUser: UserInfo = { username: 'system:kairship:demo', groups: ['system:masters'] }

/** Fills the hub with the demo. Every step looks first, so an interrupted seeding is completed by the next one. */
export async function seedDemo(options: SeedOptions): Promise<void> {
  const { hub, informers, fleet, clock, signal, onProgress } = options
  onProgress(`creating the instance ${demoInstance} and ${demoMembers.length} simulated clusters`)
  await Promise.all([
    unlessThere(
      hub.of(Instances).create({
        apiVersion: 'kairship.io/v1alpha1',
        kind: 'Instance',
        metadata: { name: demoInstance },
        spec: { displayName: 'Demo', provider: 'embedded' },
      }),
    ),
    ...demoMembers.map(({ name, spec }) =>
      unlessThere(
        hub
          .of(ManagedClusters)
          .create({ apiVersion: 'kairship.io/v1alpha1', kind: 'ManagedCluster', metadata: { name }, spec }),
      ),
    ),
  ])
  await untilReady(informers, Instances, [demoInstance], signal)
  await untilReady(
    informers,
    ManagedClusters,
    demoMembers.map((member) => member.name),
    signal,
  )
  const instance = connect(fleet, 'instances', demoInstance)
  onProgress('joining the clusters to the instance')
  await Promise.all(
    demoMembers.map(async ({ name, spec }) => {
      if ((await instance.of(Clusters).find(name, { signal })) !== undefined) return
      const { provider, region, zones } = spec
      await joinCluster({
        instance,
        member: connect(fleet, 'clusters', name),
        endpoint: fleet.url('clusters', name),
        caBundle: options.servingCa,
        name,
        place: {
          ...(provider === undefined ? {} : { provider }),
          ...(region === undefined ? {} : { region }),
          ...(zones === undefined ? {} : { zones }),
        },
        clock,
        signal,
      })
    }),
  )
  onProgress('distributing the guestbook')
  await applyFiles(instance, options.examplesDir, ['guestbook/app.yaml', 'guestbook/policies.yaml'])
}

function connect(fleet: Fleet, kind: 'instances' | 'clusters', name: string): Client {
  const plane = fleet.find(kind, name)
  if (plane === undefined) throw new Error(`${kind}/${name} stopped while the demo was being set up`)
  return createClient(withUserAgent(plane.connect(seedUser), 'kairship'))
}

async function untilReady(
  informers: Informers,
  ref: ResourceRef<KubeObject & { status?: { phase?: string } }>,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const informer = informers.of(ref)
  const done = Promise.withResolvers<void>()
  const check = (): void => {
    if (names.every((name) => informer.cache.get(name)?.status?.phase === 'Ready')) done.resolve()
  }
  const stop = (): void => done.reject(signal.reason)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  using _subscription = informer.subscribe(check)
  check()
  try {
    await done.promise
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
