import type { Chapter } from './chapters.ts'

export interface TestFile {
  /** From the root of the repository. */
  readonly path: string
  readonly chapters: readonly Chapter[]
}

const introduction = `# Compatibility with the Kubernetes API

What a plane does as kube-apiserver 1.36 does it, for built-in kinds and custom resources alike: one row for each
behaviour, in the words of the test that proves it. The tests send HTTPS requests to a plane and compare status codes,
headers, bodies and texts; \`kubectl\` is tried in all versions that the machine has.

    npm test -- tests/conformance                # run them
    node tools/gen-compat/main.ts                # write this file again from their names
`

/** The ledger as Markdown. */
export function ledger(files: readonly TestFile[]): string {
  const all = files.flatMap(({ path, chapters }) => chapters.map((chapter) => ({ path, ...chapter })))
  const rows = all.flatMap((chapter) => chapter.rows.map((row) => ({ ...row, title: chapter.title })))
  const count = (state: string): number => rows.filter((row) => row.state === state).length
  const summary = `${count('tested')} behaviours tested, ${count('differs')} known to differ, ${count('missing')} missing.\n`
  const chapters = all.map(({ path, title, rows: own }) => {
    const proven = own.filter(({ state }) => state === 'tested')
    const lines = proven.map(({ behaviour }) => `- ${escape(behaviour)}`)
    return `## ${title}\n\n[\`${path}\`](../../${path})\n\n${lines.join('\n')}\n`
  })
  const open = (state: string): string[] =>
    rows.filter((row) => row.state === state).map((row) => `- ${row.title}: ${escape(row.behaviour)}`)
  const section = (heading: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [`## ${heading}\n\n${lines.join('\n')}\n`]
  return [
    introduction,
    summary,
    ...section('Missing', open('missing').toSorted(byPriority)),
    ...section('Different', open('differs')),
    ...chapters,
  ].join('\n')
}

function byPriority(a: string, b: string): number {
  const priority = (line: string): string => /: (P\d)/.exec(line)?.[1] ?? 'P9'
  return priority(a) < priority(b) ? -1 : priority(a) > priority(b) ? 1 : 0
}

function escape(text: string): string {
  return text.replaceAll(/[*_<>|]/g, String.raw`\$&`)
}
