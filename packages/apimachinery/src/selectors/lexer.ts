export type TokenKind =
  | 'identifier'
  | 'in'
  | 'notin'
  | '('
  | ')'
  | ','
  | '!'
  | '!='
  | '='
  | '=='
  | '>'
  | '<'
  | 'end'
  | 'error'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
}

const SYMBOLS: ReadonlySet<string> = new Set(['(', ')', ',', '!', '!=', '=', '==', '>', '<'])
const SPACE: ReadonlySet<string> = new Set([' ', '\t', '\r', '\n'])
const SPECIAL: ReadonlySet<string> = new Set(['=', '!', '(', ')', ',', '>', '<'])

/** All tokens of a label selector; the last one is `end`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const first = text.charAt(at)
    if (SPACE.has(first)) {
      at++
      continue
    }
    const start = at
    if (SPECIAL.has(first)) {
      // The longest symbol: `==` before `=`.
      at += SYMBOLS.has(text.slice(at, at + 2)) ? 2 : 1
      const symbol = text.slice(start, at)
      tokens.push({ kind: isSymbol(symbol) ? symbol : 'error', text: symbol })
      continue
    }
    while (at < text.length && !SPACE.has(text.charAt(at)) && !SPECIAL.has(text.charAt(at))) at++
    const word = text.slice(start, at)
    tokens.push({ kind: word === 'in' || word === 'notin' ? word : 'identifier', text: word })
  }
  tokens.push({ kind: 'end', text: '' })
  return tokens
}

function isSymbol(text: string): text is TokenKind {
  return SYMBOLS.has(text)
}
