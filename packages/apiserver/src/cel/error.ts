/** What an expression does wrong while it runs: `no such key: x`, `division by zero`. Text as cel-go writes it. */
export class CelError extends Error {
  override readonly name = 'CelError'
}

/** The expression has used up its cost. No operator absorbs it. */
export class CostExceeded extends Error {
  override readonly name = 'CostExceeded'
  constructor() {
    super('operation cancelled: actual cost limit exceeded')
  }
}

/** What is wrong with an expression before it runs, with the place in its source. */
export class CompileError extends Error {
  override readonly name = 'CompileError'
  constructor(text: string, source: string, offset: number) {
    super(report(text, source, offset))
  }
}

/** cel-go's form: the place, the line, and an arrow under the column. */
function report(text: string, source: string, offset: number): string {
  const before = source.slice(0, offset)
  const line = before.split('\n').length
  const start = before.lastIndexOf('\n') + 1
  const column = offset - start
  const end = source.indexOf('\n', start)
  const shown = source.slice(start, end < 0 ? source.length : end).replaceAll('\t', ' ')
  return `ERROR: <input>:${line}:${column + 1}: ${text}\n | ${shown}\n | ${'.'.repeat(column)}^`
}
