/** The state of one object: the number of the write that made it and its revision, or not there. */
export type Register = { readonly n: number; readonly rv: number } | undefined

export type Request =
  | { readonly type: 'get' }
  | { readonly type: 'create'; readonly n: number }
  /** Compare-and-swap on the revision. */
  | { readonly type: 'update'; readonly n: number; readonly expected: number }
  | { readonly type: 'delete'; readonly expected: number }

export type Result =
  | { readonly type: 'found'; readonly state: Register }
  | { readonly type: 'written'; readonly rv: number }
  | { readonly type: 'deleted' }
  | { readonly type: 'exists' }
  | { readonly type: 'conflict' }
  | { readonly type: 'missing' }
  /** No answer came: it may have happened, at any time after the request, or never. */
  | { readonly type: 'unknown' }

export interface Operation {
  readonly request: Request
  readonly result: Result
  readonly called: number
  readonly returned: number
}

/**
 * Whether the operations on one object can be put in an order that respects time (what returned before another was
 * called comes first) and in which every result is what a single register would have answered. The search of Wing and
 * Gong, remembering which sets of finished operations and states were tried (Lowe).
 */
export function isLinearizable(history: readonly Operation[]): boolean {
  const operations = history.toSorted((a, b) => a.called - b.called)
  const tried = new Set<string>()
  const done = new Uint8Array(operations.length)
  const isMandatory = operations.map(({ result }) => result.type !== 'unknown')
  let mandatoryLeft = isMandatory.filter(Boolean).length

  const search = (state: Register, first: number): boolean => {
    if (mandatoryLeft === 0) return true
    let from = first
    while (done[from] === 1) from++
    const id = `${from}:${done.subarray(from, lastDone(done) + 1).join('')}:${state?.n},${state?.rv}`
    if (tried.has(id)) return false
    tried.add(id)
    // An operation can be next when no other that is left has returned before it was called.
    let earliestReturn = Infinity
    for (let i = from; i < operations.length; i++) {
      const operation = operations[i]
      if (operation === undefined || operation.called > earliestReturn) break
      if (done[i] === 1) continue
      if (isMandatory[i] === true) earliestReturn = Math.min(earliestReturn, operation.returned)
      const next = step(state, operation)
      if (next === 'impossible') continue
      done[i] = 1
      if (isMandatory[i] === true) mandatoryLeft--
      if (search(next, from)) return true
      done[i] = 0
      if (isMandatory[i] === true) mandatoryLeft++
    }
    return false
  }
  return search(undefined, 0)
}

function lastDone(done: Uint8Array): number {
  return done.lastIndexOf(1)
}

/** What the register is after the operation, when it can have given this result. */
export function step(state: Register, { request, result }: Operation): Register | 'impossible' {
  if (result.type === 'unknown') return unknownStep(state, request)
  switch (request.type) {
    case 'get':
      return result.type === 'found' && result.state?.n === state?.n && sameRevision(result.state, state)
        ? state && { n: state.n, rv: result.state?.rv ?? state.rv }
        : 'impossible'
    case 'create':
      if (result.type === 'exists') return state === undefined ? 'impossible' : state
      return result.type === 'written' && state === undefined ? { n: request.n, rv: result.rv } : 'impossible'
    case 'update':
      if (result.type === 'missing') return state === undefined ? state : 'impossible'
      if (result.type === 'conflict') return state !== undefined && state.rv !== request.expected ? state : 'impossible'
      return result.type === 'written' &&
        state !== undefined &&
        mayBe(state.rv, request.expected) &&
        result.rv > state.rv
        ? { n: request.n, rv: result.rv }
        : 'impossible'
    case 'delete':
      if (result.type === 'missing') return state === undefined ? state : 'impossible'
      if (result.type === 'conflict') return state !== undefined && state.rv !== request.expected ? state : 'impossible'
      return result.type === 'deleted' && state !== undefined && mayBe(state.rv, request.expected)
        ? undefined
        : 'impossible'
  }
}

/** Revision of a write whose answer was lost. */
const unknownRevision = -1

function mayBe(actual: number, expected: number): boolean {
  return actual === expected || actual === unknownRevision
}
function sameRevision(a: Register, b: Register): boolean {
  return a?.rv === b?.rv || b?.rv === unknownRevision
}

function unknownStep(state: Register, request: Request): Register | 'impossible' {
  if (request.type === 'create') return state === undefined ? { n: request.n, rv: unknownRevision } : 'impossible'
  if (request.type === 'get' || state === undefined || !mayBe(state.rv, request.expected)) return 'impossible'
  return request.type === 'update' ? { n: request.n, rv: unknownRevision } : undefined
}
