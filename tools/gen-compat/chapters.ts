/** What one `describe` of a conformance test says about a plane. */
export interface Chapter {
  readonly title: string
  readonly rows: readonly Row[]
}

export interface Row {
  readonly behaviour: string
  /** `tested`; `differs`: a test that fails as things are; `missing`: no test yet. */
  readonly state: 'tested' | 'differs' | 'missing'
}

const states = { 'it(': 'tested', 'it.each(': 'tested', 'it.fails(': 'differs', 'it.todo(': 'missing' } as const
const call = /^ *(describe\(|it\(|it\.fails\(|it\.todo\(|it\.each\()/
const title = /(['"`])((?:(?!\1)[^\\]|\\.)*)\1/s

/**
 * Reads names of tests out of a file as the formatter leaves it: one call at the beginning of a line, its name first. In
 * the name of an `it.each`, what changes becomes `…`.
 */
export function chaptersOf(source: string): readonly Chapter[] {
  const chapters: { title: string; rows: Row[] }[] = []
  const lines = source.split('\n')
  lines.forEach((line, at) => {
    const found = call.exec(line)?.[1]
    if (found === undefined) return
    const name = title
      .exec(lines.slice(at, at + 3).join('\n'))?.[2]
      ?.replaceAll(/\\(.)/g, '$1')
      .replaceAll(/%[sdj]/g, '…')
    if (name === undefined) throw new Error(`line ${at + 1}: no name`)
    if (found === 'describe(') chapters.push({ title: name, rows: [] })
    else chapters.at(-1)?.rows.push({ behaviour: name, state: states[found as keyof typeof states] })
  })
  return chapters
}
