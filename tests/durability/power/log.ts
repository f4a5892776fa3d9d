/** What the writing program says about itself: a line before each request and one after its answer. */
export type Line =
  | { readonly type: 'intent'; readonly key: string; readonly n: number; readonly put: boolean }
  | { readonly type: 'done'; readonly key: string; readonly n: number; readonly revision: number }
  | { readonly type: 'refused'; readonly key: string; readonly n: number; readonly message: string }
  | { readonly type: 'opened'; readonly revision: number }

/** The file in the data directory with these lines: recorded like the others, so it has a place in the order of events. */
export const logName = 'log'

/** The value of the write number `n` of `key`: tells which one it is and whether it is whole. */
export function valueOf(key: string, n: number): Buffer {
  // From a few bytes to several pages.
  const size = 20 + ((n * 7919 + key.length * 104_729 + key.charCodeAt(key.length - 1) * 31) % 9_000)
  return Buffer.alloc(size, `${key}#${n};`)
}

/** One key as far as its writer knows: its last acknowledged state, and the request under way. */
export interface Known {
  /** `undefined`: not there. */
  acknowledged: number | undefined
  revision: number
  inFlight: { readonly n: number; readonly put: boolean } | undefined
  /** Refused requests: may have left a trace when the store could not tell. */
  refused: { readonly n: number; readonly put: boolean }[]
}

/** Follows the lines up to a moment. */
export class Knowledge {
  readonly keys: Map<string, Known> = new Map<string, Known>()
  acknowledged = 0
  refusals: string[] = []
  /** The highest acknowledged revision. */
  revision = 0
  #rest = ''

  read(bytes: Buffer): void {
    const lines = (this.#rest + bytes.toString()).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#line(JSON.parse(line))
  }

  #line(line: Line): void {
    if (line.type === 'opened') return
    let known = this.keys.get(line.key)
    if (known === undefined) {
      known = { acknowledged: undefined, revision: 0, inFlight: undefined, refused: [] }
      this.keys.set(line.key, known)
    }
    if (line.type === 'intent') known.inFlight = { n: line.n, put: line.put }
    else {
      const request = known.inFlight
      known.inFlight = undefined
      if (request === undefined) throw new Error('an answer without a request')
      if (line.type === 'refused') {
        known.refused.push(request)
        this.refusals.push(line.message)
        return
      }
      known.acknowledged = request.put ? request.n : undefined
      known.revision = line.revision
      known.refused = []
      this.acknowledged++
      this.revision = Math.max(this.revision, line.revision)
    }
  }
}
