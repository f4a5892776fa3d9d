import { StoreUnavailableError, type Batch, type Store } from '../store.ts'

export interface FaultPoint {
  readonly operation: 'read' | 'count' | 'create' | 'update' | 'delete' | 'watch' | 'revision' | 'compact'
  /** The key or the start of the range, where there is one. */
  readonly key?: string
  /** Counts the calls of this operation from 0. */
  readonly call: number
}

export type Fault =
  /** Nothing happens and the caller is told so. */
  | { readonly type: 'fail'; readonly error?: Error }
  /** It happens, but the caller is told that it failed: the answer was lost. */
  | { readonly type: 'lose-answer' }
  /** It happens once `until` resolves: a slow disk, a hanging server. */
  | { readonly type: 'delay'; readonly until: Promise<void> }
  /** For watches: after this many batches the watch throws. */
  | { readonly type: 'break'; readonly afterBatches: number; readonly error?: Error }

/** Asked at every call; `undefined` lets the call through. Seeded randomness makes a plan repeatable. */
export type FaultPlan = (point: FaultPoint) => Fault | undefined

/** A store that goes wrong on purpose, exactly when `plan` says so. */
export function faultyStore(inner: Store, plan: FaultPlan): Store {
  const calls = new Map<string, number>()
  const ask = (operation: FaultPoint['operation'], key?: string): Fault | undefined => {
    const call = calls.get(operation) ?? 0
    calls.set(operation, call + 1)
    return plan({ operation, call, ...(key === undefined ? {} : { key }) })
  }
  const through = <T>(fault: Fault | undefined, call: () => Promise<T>): Promise<T> =>
    fault === undefined ? call() : faultyCall(fault, call)
  return {
    ...(inner.shared === undefined ? {} : { shared: inner.shared }),
    get fresh() {
      return inner.fresh ?? true
    },
    read: (range, options) => through(ask('read', range.start), () => inner.read(range, options)),
    count: (range, options) => through(ask('count', range.start), () => inner.count(range, options)),
    create: (key, value) => through(ask('create', key), () => inner.create(key, value)),
    update: (key, value, expected) => through(ask('update', key), () => inner.update(key, value, expected)),
    delete: (key, expected) => through(ask('delete', key), () => inner.delete(key, expected)),
    revision: () => through(ask('revision'), () => inner.revision()),
    compact: (before) => through(ask('compact'), () => inner.compact(before)),
    watch(range, options) {
      const fault = ask('watch', range.start)
      return fault === undefined ? inner.watch(range, options) : faultyWatch(fault, () => inner.watch(range, options))
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
}

async function faultyCall<T>(fault: Fault, call: () => Promise<T>): Promise<T> {
  if (fault.type === 'fail') throw fault.error ?? new StoreUnavailableError('injected failure')
  if (fault.type === 'delay') await fault.until
  const answer = await call()
  if (fault.type === 'lose-answer') throw new StoreUnavailableError('injected loss of the answer')
  return answer
}

async function* faultyWatch(fault: Fault, watch: () => AsyncIterable<Batch>): AsyncIterable<Batch> {
  if (fault.type === 'fail') throw fault.error ?? new StoreUnavailableError('injected failure')
  if (fault.type === 'delay') await fault.until
  if (fault.type !== 'break') {
    yield* watch()
    return
  }
  let left = fault.afterBatches
  const broken = fault.error ?? new StoreUnavailableError('injected break of the watch')
  if (left <= 0) throw broken
  for await (const batch of watch()) {
    yield batch
    if (--left === 0) throw broken
  }
}
