import { objectKey } from '@kairship/apimachinery'
import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'
import { at, integer, items, text } from '../builtin/fields.ts'
import type { PlaneRegistry } from '../strategy.ts'
import { KeyedLoop } from './keyed-loop.ts'
import { deleteExactly } from './requests.ts'

const eventLifeMs = 60 * 60_000
const sweepEveryMs = 60_000

/** Deletes Events an hour after they last happened. */
export function startEventExpiry(registry: PlaneRegistry): AsyncDisposable {
  const loop = new KeyedLoop({
    name: 'event-expiry',
    registry,
    reconcile: async () => {
      const expired = [...registry.list('', 'events')].filter((event) => expiresAt(event) <= registry.clock.now())
      for (const event of expired) {
        const { namespace = '', name = '', uid = '' } = event.metadata
        await deleteExactly(registry, { group: '', version: 'v1', resource: 'events', namespace, name }, uid)
      }
      return { again: sweepEveryMs }
    },
  })
  loop.addAfter('sweep', sweepEveryMs)
  return loop
}

function expiresAt(event: DeepReadonly<Unstructured>): number {
  const times = [
    event.metadata.creationTimestamp,
    text(event, 'lastTimestamp'),
    text(at(event, 'series'), 'lastObservedTime'),
  ]
  const last = Math.max(...times.map((time) => Date.parse(time ?? '')).filter((ms) => !Number.isNaN(ms)))
  return last + eventLifeMs
}

/** Deletes finished Jobs when their `ttlSecondsAfterFinished` is over. */
export function startFinishedJobExpiry(registry: PlaneRegistry): AsyncDisposable {
  const jobs = { group: 'batch', version: 'v1', resource: 'jobs' }
  const loop = new KeyedLoop({
    name: 'ttl-after-finished',
    registry,
    reconcile: async (key) => {
      const [namespace = '', name = ''] = key.split('/')
      const job = registry.get('batch', 'jobs', namespace, name)
      const due = job === undefined ? undefined : jobExpiresAt(job)
      if (job === undefined || due === undefined) return undefined
      const left = due - registry.clock.now()
      if (left > 0) return { again: left }
      const options = { propagationPolicy: 'Foreground' }
      await deleteExactly(registry, { ...jobs, namespace, name }, job.metadata.uid ?? '', options)
      return undefined
    },
  })
  const subscription = registry.subscribe('batch', 'jobs', (event) => {
    if (event.type === 'put' && jobExpiresAt(event.object) !== undefined) loop.add(objectKey(event.object))
  })
  return {
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]()
      await loop[Symbol.asyncDispose]()
    },
  }
}

function jobExpiresAt(job: DeepReadonly<Unstructured>): number | undefined {
  const ttl = integer(at(job, 'spec'), 'ttlSecondsAfterFinished')
  if (ttl === undefined || job.metadata.deletionTimestamp !== undefined) return undefined
  const finished = items(at(job, 'status'), 'conditions').find(
    (condition) =>
      condition['status'] === 'True' && (condition['type'] === 'Complete' || condition['type'] === 'Failed'),
  )
  if (finished === undefined) return undefined
  const endedAt = Date.parse(text(finished, 'lastTransitionTime'))
  return Number.isNaN(endedAt) ? undefined : endedAt + ttl * 1000
}
