import type { Rule } from '../violation.ts'

const why = 'two packages that need each other are one package'

/** The allowed edges themselves must not contain a circle. */
export const cycles: Rule = function* (workspace, { scope, packages }) {
  const directories = new Map(workspace.packages.map(({ name, directory }) => [name.slice(scope.length), directory]))
  const next = (directory: string): string[] =>
    (packages.get(directory)?.imports ?? []).flatMap((edge) => directories.get(edge.split('/')[0] ?? '') ?? [])
  const done = new Set<string>()
  const find = (directory: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(directory)) return [...path.slice(path.indexOf(directory)), directory]
    if (done.has(directory)) return undefined
    for (const one of next(directory)) {
      const circle = find(one, [...path, directory])
      if (circle !== undefined) return circle
    }
    done.add(directory)
    return undefined
  }
  for (const directory of packages.keys()) {
    const circle = find(directory, [])
    if (circle === undefined) continue
    yield { level: 'error', where: 'architecture.json', what: `a circle: ${circle.join(' → ')}`, why }
    return
  }
}
