import type { JsonObject, JsonValue } from '../json.ts'
import { setOwn } from './plain.ts'
import { integerFromText } from './raw.ts'

/** Broken JSON. The message is the one Go's encoding/json gives for the same text, because clients show it. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
  readonly offset: number
  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/** kube-apiserver reports at most this many strict errors. */
const MAX_DUPLICATES = 100

/** The exact reader: slower than JSON.parse, loses nothing, reports repeated keys. */
export function readJson(text: string, maxDepth: number): { value: JsonValue; duplicateFields: readonly string[] } {
  const reader = new Reader(text, maxDepth)
  return { value: reader.document(), duplicateFields: [...reader.duplicates] }
}

class Reader {
  readonly duplicates = new Set<string>()
  readonly #text: string
  readonly #maxDepth: number
  /** Rendered only when a duplicate is found: keys as strings, indices as numbers. */
  readonly #path: (string | number)[] = []
  #at = 0

  constructor(text: string, maxDepth: number) {
    this.#text = text
    this.#maxDepth = maxDepth
  }

  document(): JsonValue {
    const value = this.#value()
    this.#space()
    if (this.#at < this.#text.length) this.#fail('after top-level value')
    return value
  }

  #value(): JsonValue {
    this.#space()
    switch (this.#text.charCodeAt(this.#at)) {
      case 123:
        return this.#object()
      case 91:
        return this.#array()
      case 34:
        return this.#string()
      case 116:
        return this.#literal('true', true)
      case 102:
        return this.#literal('false', false)
      case 110:
        return this.#literal('null', null)
      default:
        return this.#number()
    }
  }

  #object(): JsonObject {
    this.#enter()
    const object: JsonObject = {}
    this.#space()
    if (this.#take(125)) return object
    for (;;) {
      this.#space()
      if (this.#text.charCodeAt(this.#at) !== 34) this.#fail('looking for beginning of object key string')
      const key = this.#string()
      this.#space()
      if (!this.#take(58)) this.#fail('after object key')
      this.#path.push(key)
      if (Object.hasOwn(object, key)) this.#duplicate()
      setOwn(object, key, this.#value())
      this.#path.pop()
      this.#space()
      if (this.#take(125)) return object
      if (!this.#take(44)) this.#fail('after object key:value pair')
    }
  }

  #array(): JsonValue[] {
    this.#enter()
    const array: JsonValue[] = []
    this.#space()
    if (this.#take(93)) return array
    for (;;) {
      this.#path.push(array.length)
      array.push(this.#value())
      this.#path.pop()
      this.#space()
      if (this.#take(93)) return array
      if (!this.#take(44)) this.#fail('after array element')
    }
  }

  #enter(): void {
    this.#at++
    // The path is as long as the containers that are open.
    if (this.#path.length >= this.#maxDepth) throw new JsonSyntaxError('exceeded max depth', this.#at)
  }

  #duplicate(): void {
    if (this.duplicates.size >= MAX_DUPLICATES) return
    let rendered = ''
    for (const step of this.#path) {
      rendered += typeof step === 'number' ? `[${step}]` : rendered === '' ? step : `.${step}`
    }
    this.duplicates.add(rendered)
  }

  #string(): string {
    const start = this.#at++
    let escaped = false
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === 34) break
      if (code === 92) {
        escaped = true
        this.#escape()
      } else if (code >= 32) {
        this.#at++
      } else {
        this.#fail('in string literal')
      }
    }
    this.#at++
    if (!escaped) return this.#text.slice(start + 1, this.#at - 1)
    const decoded: string = JSON.parse(this.#text.slice(start, this.#at))
    return decoded
  }

  #escape(): void {
    this.#at++
    const code = this.#text.charAt(this.#at)
    if (code === '' || !'"\\/bfnrtu'.includes(code)) this.#fail('in string escape code')
    this.#at++
    if (code !== 'u') return
    for (let digits = 0; digits < 4; digits++, this.#at++) {
      if (!/^[0-9a-fA-F]$/.test(this.#text.charAt(this.#at))) this.#fail('in \\u hexadecimal character escape')
    }
  }

  #literal<T extends boolean | null>(word: string, value: T): T {
    for (let index = 0; index < word.length; index++, this.#at++) {
      if (this.#text[this.#at] !== word[index]) this.#fail(`in literal ${word} (expecting '${word[index] ?? ''}')`)
    }
    return value
  }

  #number(): JsonValue {
    const start = this.#at
    const negative = this.#take(45)
    if (!isDigit(this.#text.charCodeAt(this.#at))) {
      this.#fail(negative ? 'in numeric literal' : 'looking for beginning of value')
    }
    if (!this.#take(48)) this.#digits()
    let integer = true
    if (this.#take(46)) {
      integer = false
      if (!isDigit(this.#text.charCodeAt(this.#at))) this.#fail('after decimal point in numeric literal')
      this.#digits()
    }
    if (this.#take(101) || this.#take(69)) {
      integer = false
      if (!this.#take(43)) this.#take(45)
      if (!isDigit(this.#text.charCodeAt(this.#at))) this.#fail('in exponent of numeric literal')
      this.#digits()
    }
    const text = this.#text.slice(start, this.#at)
    const number = integer ? integerFromText(text) : Number(text)
    if (number === Number.POSITIVE_INFINITY || number === Number.NEGATIVE_INFINITY) {
      throw new JsonSyntaxError(`json: cannot unmarshal number ${text} into Go value of type float64`, start)
    }
    return number
  }

  #digits(): void {
    while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return
      this.#at++
    }
  }

  #take(code: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== code) return false
    this.#at++
    return true
  }

  #fail(where: string): never {
    const point = this.#text.codePointAt(this.#at)
    if (point === undefined) throw new JsonSyntaxError('unexpected end of JSON input', this.#at)
    throw new JsonSyntaxError(`invalid character ${quoteCharacter(point)} ${where}`, this.#at)
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** Go's rendering of one character in error texts. It reads bytes, so only the first UTF-8 byte shows. */
function quoteCharacter(point: number): string {
  if (point === 39) return `'\\''`
  if (point === 34) return `'"'`
  const escapes: { [point: number]: string } = { 7: 'a', 8: 'b', 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r', 92: '\\' }
  const escape = escapes[point]
  if (escape !== undefined) return `'\\${escape}'`
  if (point < 32 || point === 127) return `'\\x${point.toString(16).padStart(2, '0')}'`
  if (point < 128) return `'${String.fromCharCode(point)}'`
  const first = new TextEncoder().encode(String.fromCodePoint(point))[0] ?? point
  return `'${String.fromCharCode(first)}'`
}
