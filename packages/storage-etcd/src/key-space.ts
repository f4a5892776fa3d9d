import { compareKeys, type KeyRange } from '@kairship/storage'

/**
 * Where a plane's keys lie in etcd. `/apps/…` becomes `<prefix>/apps/…`. The key `<prefix>/` itself is the plane's
 * head, written with every write.
 */
export class KeySpace {
  readonly #prefix: string
  readonly head: string
  /** Everything a plane has: its head and its keys. */
  readonly all: { readonly key: string; readonly end: string }

  constructor(prefix: string) {
    this.#prefix = prefix.replace(/\/+$/u, '')
    if (!this.#prefix.isWellFormed()) throw new TypeError('not a valid prefix')
    this.head = `${this.#prefix}/`
    this.all = { key: this.head, end: `${this.#prefix}${behindSlash}` }
  }

  toEtcd(key: string): string {
    if (!key.startsWith('/') || key === '/' || !key.isWellFormed()) {
      throw new TypeError(`not a valid key: ${JSON.stringify(key)}`)
    }
    return this.#prefix + key
  }
  fromEtcd(key: string): string {
    return key.slice(this.#prefix.length)
  }

  /** `undefined` for a range in which no key can lie. */
  range({ start, end }: KeyRange): { readonly key: string; readonly end?: string } | undefined {
    if (end === undefined) return start.startsWith('/') && start !== '/' ? { key: this.#prefix + start } : undefined
    const from = compareKeys(start, firstKey) < 0 ? firstKey : start
    const to = compareKeys(end, behindSlash) > 0 ? behindSlash : end
    return compareKeys(from, to) < 0 ? { key: this.#prefix + from, end: this.#prefix + to } : undefined
  }
}

const firstKey = '/\u0000'
/** The character after the slash: no key that begins with a slash is as large. */
const behindSlash = '0'
