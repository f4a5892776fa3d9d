import type { KeyRange } from '../store.ts'

/** Order of the UTF-8 bytes. Differs from `<` only where surrogate pairs meet U+E000 and above. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return x >= 0xd800 && y >= 0xd800 ? codePointRank(x) - codePointRank(y) : x - y
  }
  return a.length - b.length
}

/** Moves surrogates, which stand for U+10000 and above, behind the rest of the basic plane. */
function codePointRank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}

export function inRange(key: string, range: KeyRange): boolean {
  if (range.end === undefined) return key === range.start
  return compareKeys(key, range.start) >= 0 && compareKeys(key, range.end) < 0
}

/** The smallest key behind `key`. */
export function keyAfter(key: string): string {
  return `${key}\u0000`
}

/** A key that is no valid text would come back as another one. */
export function assertKey(key: string): void {
  if (key === '' || !key.isWellFormed()) throw new TypeError(`not a valid key: ${JSON.stringify(key)}`)
}
