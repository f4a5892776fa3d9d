export interface Import {
  readonly specifier: string
  readonly line: number
  /** `dynamic` runs on demand, `type` leaves no trace in the running program. */
  readonly kind: 'static' | 'dynamic' | 'type'
}

// The formatter puts every statement at the beginning of its line, which keeps examples in comments and strings out.
const statement = /^(import|export)\b(\s+type\b)?(?:[^'"`;]*?\bfrom)?\s*['"]([^'"\n]+)['"]/gm
const call = /\bimport\(\s*['"]([^'"\n]+)['"]/g

/** What a file imports, in any of the ways there are. */
export function findImports(source: string): readonly Import[] {
  const code = blankComments(source)
  const found: Import[] = []
  for (const { 2: type, 3: specifier = '', index } of code.matchAll(statement)) {
    found.push({ specifier, line: lineAt(code, index), kind: type === undefined ? 'static' : 'type' })
  }
  for (const { 1: specifier = '', index } of code.matchAll(call)) {
    // `import('x').Name` in a type cannot be told from a call by one line, and does no harm as one.
    found.push({ specifier, line: lineAt(code, index), kind: 'dynamic' })
  }
  return found
}

/** Comments replaced by spaces: positions and lines stay. Only whole-line comments, which cannot be inside a string. */
export function blankComments(source: string): string {
  const blank = (text: string): string => text.replace(/[^\n]/g, ' ')
  return source.replace(/^[ \t]*\/\*[\s\S]*?\*\//gm, blank).replace(/^[ \t]*\/\/.*$/gm, blank)
}

export function lineAt(text: string, index: number): number {
  let line = 1
  for (let i = text.indexOf('\n'); i >= 0 && i < index; i = text.indexOf('\n', i + 1)) line++
  return line
}
