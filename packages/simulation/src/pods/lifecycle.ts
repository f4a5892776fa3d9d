import type { Pod, PodStatus } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { isReason, objectKey, statusFromBody } from '@kairship/apimachinery'
import type { CacheEvent } from '@kairship/client'
import type { Controller, Source, WorkQueue } from '@kairship/controller'
import { controller } from '@kairship/controller'
import { Pods } from '@kairship/api/builtin'
import { Addresses } from '../nodes/addresses.ts'
import { addressOf } from '../nodes/nodes.ts'
import { remove, unlessGone } from '../world/write.ts'
import type { World } from '../world/world.ts'
import { byNode } from '../world/world.ts'
import type { PodFacts } from './status.ts'
import { finishedStatus, outcomeOf, runningStatus, unschedulable } from './status.ts'

type Move = 'schedule' | 'start' | 'finish' | 'stop'

/** Scheduler and kubelets in one: takes each pod from where it is one step further. */
export function podLifecycle(world: World): Controller {
  const lifecycle = new PodLifecycle(world)
  return controller<string>({
    name: 'pods',
    sources: [lifecycle],
    reconciler: { reconcile: (key) => lifecycle.reconcile(key) },
    concurrency: 64,
    clock: world.clock,
    log: world.log,
    needsLeadership: false,
  })
}

class PodLifecycle implements Source<string> {
  readonly #world: World
  readonly #addresses: Addresses
  readonly #images = new Map<string, string>()
  /** Pods that fit nowhere; tried again when something became free. */
  readonly #waiting = new Set<string>()

  constructor(world: World) {
    this.#world = world
    this.#addresses = new Addresses(world.profile.name)
  }

  async start(enqueue: WorkQueue<string>['add'], signal: AbortSignal): Promise<void> {
    const { nodes, pods, placer } = this.#world
    // Which nodes there are decides what happens to the pods on them.
    await nodes.synced(signal)
    const subscriptions = [
      pods.subscribe((event) => this.#observe(event, enqueue)),
      nodes.subscribe((event) => {
        if (event.type !== 'deleted') return
        for (const pod of pods.cache.byIndex(byNode, event.object.metadata.name ?? '')) enqueue(objectKey(pod))
      }),
      placer.onFreed(() => {
        for (const key of this.#waiting) enqueue(key, { afterMs: 10 })
      }),
    ]
    const stop = (): void => {
      for (const subscription of subscriptions) subscription[Symbol.dispose]()
    }
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    await pods.synced(signal)
  }

  /** Enqueues a pod when its next move is a new one, at the time of the move. */
  #observe(event: CacheEvent<Pod>, enqueue: WorkQueue<string>['add']): void {
    const pod = event.object
    const key = objectKey(pod)
    if (event.type === 'deleted') {
      this.#addresses.release(key)
      this.#waiting.delete(key)
      return
    }
    if (event.type === 'added' && pod.status?.podIP) this.#addresses.keep(key, pod.status.podIP)
    const move = this.#nextMove(pod)
    if (move === undefined) return
    if (event.type === 'updated' && move === this.#nextMove(event.previous)) return
    const afterMs = this.#delay(pod, move)
    // Who counts pods waits for those that are starting.
    if (move === 'start') this.#world.lull.note(afterMs)
    enqueue(key, { afterMs })
  }

  #nextMove(pod: DeepReadonly<Pod>): Move | undefined {
    const node = pod.spec?.nodeName
    if (node === undefined || node === '') {
      const gated = (pod.spec?.schedulingGates ?? []).length > 0
      return gated || pod.metadata.deletionTimestamp !== undefined ? undefined : 'schedule'
    }
    if (pod.metadata.deletionTimestamp !== undefined || !this.#world.placer.has(node)) return 'stop'
    const phase = pod.status?.phase ?? 'Pending'
    if (phase === 'Pending') return 'start'
    if (phase !== 'Running') return undefined
    const ends = pod.spec?.restartPolicy !== undefined && pod.spec.restartPolicy !== 'Always'
    const outcome = outcomeOf(pod)
    return ends && (outcome === 'ok' || outcome === 'fail') ? 'finish' : undefined
  }

  #delay(pod: DeepReadonly<Pod>, move: Move): number {
    const { profile, random } = this.#world
    switch (move) {
      case 'schedule':
        return 0
      case 'start':
        return profile.podStartMs * (0.5 + random.next())
      case 'finish': {
        const asked = Number(pod.metadata.annotations?.['simulation.kairship.io/run-seconds'])
        return Number.isFinite(asked) && asked >= 0 ? asked * 1000 : profile.podRunMs
      }
      case 'stop':
        return Math.min(profile.podStopMs, (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000)
    }
  }

  async reconcile(key: string): Promise<{ readonly requeueAfterMs: number } | void> {
    const pod = this.#world.pods.cache.get(key)
    if (pod === undefined) return
    const resource = this.#world.client.of(Pods, pod.metadata.namespace)
    switch (this.#nextMove(pod)) {
      case 'schedule':
        return this.#schedule(key, pod)
      case 'start':
        this.#world.lull.note()
        await unlessGone(resource.updateStatus(withStatus(pod, runningStatus(pod, this.#facts(key, pod)))))
        return
      case 'finish':
        await unlessGone(resource.updateStatus(withStatus(pod, finishedStatus(pod, this.#facts(key, pod)))))
        return
      case 'stop':
        return remove(resource, pod, { gracePeriodSeconds: 0 })
      case undefined:
        return
    }
  }

  async #schedule(key: string, pod: DeepReadonly<Pod>): Promise<void> {
    const { placer, client } = this.#world
    if (pod.spec === undefined) return
    const placed = placer.place(key, pod.spec)
    const { namespace = '', name = '' } = pod.metadata
    if (typeof placed !== 'string') {
      this.#waiting.add(key)
      const status = unschedulable(pod, placed.message, this.#world.time())
      if (status !== undefined) await unlessGone(client.of(Pods, namespace).updateStatus(withStatus(pod, status)))
      return
    }
    this.#waiting.delete(key)
    const reply = await client.connection.request({
      verb: 'create',
      group: '',
      version: 'v1',
      resource: 'pods',
      namespace,
      name,
      subresource: 'binding',
      body: {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace },
        target: { apiVersion: 'v1', kind: 'Node', name: placed },
      },
    })
    if (reply.status < 400) return
    placer.release(key)
    const error = statusFromBody(reply.status, reply.body)
    if (!isReason(error, 'NotFound')) throw error
  }

  #facts(key: string, pod: DeepReadonly<Pod>): PodFacts {
    const { nodes, random } = this.#world
    const hostIP = addressOf(nodes.cache.get(pod.spec?.nodeName ?? ''))
    return {
      time: this.#world.time(),
      hostIP,
      podIP: pod.spec?.hostNetwork === true ? hostIP : this.#addresses.assign(key),
      imageId: (image) => this.#imageId(image),
      containerId: () => `containerd://${hex(random.uuid())}${hex(random.uuid())}`,
    }
  }

  /** The same image is the same content wherever it runs in this cluster. */
  #imageId(image: string): string {
    const known = this.#images.get(image)
    if (known !== undefined) return known
    const { random } = this.#world
    const repository = image.replace(/@.*/, '').replace(/:[^/]*$/, '')
    const id = `${repository}@sha256:${hex(random.uuid())}${hex(random.uuid())}`
    this.#images.set(image, id)
    return id
  }
}

function hex(uuid: string): string {
  return uuid.replaceAll('-', '')
}

function withStatus(pod: DeepReadonly<Pod>, status: DeepReadonly<PodStatus>): DeepReadonly<Pod> {
  return { ...pod, status }
}
