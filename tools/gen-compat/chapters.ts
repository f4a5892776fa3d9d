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

const call = /^ *(describe|it|test)(?:\.(\w+))?\(/gm
const title = /\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/sy
/** They take something else first, and the name in a second pair of parentheses. */
const inTwoSteps: ReadonlySet<string> = new Set(['each', 'for', 'skipIf', 'runIf'])

/**
 * Reads names of tests out of a file as the formatter leaves it: one call at the beginning of a line, its name first. In
 * the name of a repeated test, what changes becomes `…`.
 */
export function chaptersOf(source: string): readonly Chapter[] {
  const chapters: { title: string; rows: Row[] }[] = []
  for (const match of source.matchAll(call)) {
    const [text, kind, variant = ''] = match
    let at = match.index + text.length
    if (inTwoSteps.has(variant)) {
      const second = source.indexOf(')(', at)
      if (second < 0) continue
      at = second + 2
    }
    title.lastIndex = at
    const name = title
      .exec(source)?.[2]
      ?.replaceAll(/\\(.)/g, '$1')
      .replaceAll(/%[sdj]|\$\{[^}]*\}|\$[\w.]+/g, '…')
    if (name === undefined) continue
    if (kind === 'describe') chapters.push({ title: name, rows: [] })
    else chapters.at(-1)?.rows.push({ behaviour: name, state: stateOf(variant) })
  }
  return chapters.filter(({ rows }) => rows.length > 0)
}

function stateOf(variant: string): Row['state'] {
  return variant === 'todo' ? 'missing' : variant === 'fails' ? 'differs' : 'tested'
}
