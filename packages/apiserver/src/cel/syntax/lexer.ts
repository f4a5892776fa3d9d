import { CompileError } from '../error.ts'

export interface Token {
  readonly type: 'ident' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'op' | 'end'
  readonly text: string
  readonly at: number
}

const space = /\s+|\/\/[^\n]*/y
const ident = /[_a-zA-Z][_a-zA-Z0-9]*/y
const quotedIdent = /`[a-zA-Z0-9_.\-/ ]+`/y
const double = /\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?/y
const integer = /(?:0[xX][0-9a-fA-F]+|\d+)[uU]?/y
const operator = /&&|\|\||==|!=|<=|>=|\[\?|\.\?|[-+*/%!<>?:.,()[\]{}=]/y
const prefix = /(?:[rR][bB]?|[bB][rR]?)?(?:'''|"""|'|")/y

/** Cuts an expression into tokens. String tokens carry their decoded text; bytes one char per byte. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(source)?.[0]
  }
  const push = (type: Token['type'], text: string, length: number): void => {
    tokens.push({ type, text, at })
    at += length
  }
  while (at < source.length) {
    const blank = match(space)
    if (blank !== undefined) {
      at += blank.length
      continue
    }
    const opening = match(prefix)
    if (opening !== undefined) {
      const { text, end, isBytes } = readString(source, at, opening)
      push(isBytes ? 'bytes' : 'string', text, end - at)
      continue
    }
    const word = match(ident)
    if (word !== undefined) {
      push('ident', word, word.length)
      continue
    }
    const quoted = match(quotedIdent)
    if (quoted !== undefined) {
      push('ident', quoted.slice(1, -1), quoted.length)
      continue
    }
    const real = match(double)
    if (real !== undefined) {
      push('double', real, real.length)
      continue
    }
    const whole = match(integer)
    if (whole !== undefined) {
      const unsigned = /[uU]$/.test(whole)
      push(unsigned ? 'uint' : 'int', unsigned ? whole.slice(0, -1) : whole, whole.length)
      continue
    }
    const op = match(operator)
    if (op === undefined) {
      const shown = String.fromCodePoint(source.codePointAt(at) ?? 0)
      throw new CompileError(`Syntax error: token recognition error at: '${shown}'`, source, at)
    }
    push('op', op, op.length)
  }
  tokens.push({ type: 'end', text: '<EOF>', at: source.length })
  return tokens
}

function readString(source: string, start: number, opening: string): { text: string; end: number; isBytes: boolean } {
  const marks = opening.replace(/^[rRbB]+/, '')
  const flags = opening.slice(0, opening.length - marks.length).toLowerCase()
  const raw = flags.includes('r')
  const isBytes = flags.includes('b')
  let text = ''
  let at = start + opening.length
  while (!source.startsWith(marks, at)) {
    const char = source[at]
    if (char === undefined || (char === '\n' && marks.length === 1)) {
      throw new CompileError(`Syntax error: token recognition error at: '${source.slice(start, at)}'`, source, start)
    }
    if (char === '\\' && !raw) {
      const { value, length } = readEscape(source, at, isBytes)
      text += value
      at += length
    } else if (char === '\\') {
      text += source.slice(at, at + 2)
      at += 2
    } else {
      text += isBytes ? utf8(String.fromCodePoint(source.codePointAt(at) ?? 0)) : char
      at += isBytes ? String.fromCodePoint(source.codePointAt(at) ?? 0).length : 1
    }
  }
  return { text, end: at + marks.length, isBytes }
}

function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

const simpleEscapes: { readonly [char: string]: string | undefined } = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
}
const codeEscape = /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2}))/y

function readEscape(source: string, at: number, isBytes: boolean): { value: string; length: number } {
  const plain = simpleEscapes[source[at + 1] ?? '']
  if (plain !== undefined) return { value: plain, length: 2 }
  codeEscape.lastIndex = at
  const found = codeEscape.exec(source)
  if (found === null) throw new CompileError('Syntax error: invalid escape sequence', source, at)
  const code = found[4] === undefined ? parseInt(found[1] ?? found[2] ?? found[3] ?? '', 16) : parseInt(found[4], 8)
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
    throw new CompileError('Syntax error: invalid unicode code point', source, at)
  }
  const byte = isBytes && (found[1] !== undefined || found[4] !== undefined)
  const char = String.fromCodePoint(code)
  return { value: isBytes && !byte ? utf8(char) : char, length: found[0].length }
}
