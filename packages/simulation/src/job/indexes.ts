import type { Pod } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'

export const indexAnnotation = 'batch.kubernetes.io/job-completion-index'

export function indexOf(pod: DeepReadonly<Pod>): number | undefined {
  const text = pod.metadata.annotations?.[indexAnnotation]
  return text === undefined ? undefined : Number(text)
}

/** The lowest `count` indexes that nobody has. */
export function nextIndexes(completions: number, taken: ReadonlySet<number | undefined>, count: number): number[] {
  const found: number[] = []
  for (let index = 0; index < completions && found.length < count; index++) if (!taken.has(index)) found.push(index)
  return found
}

/** `0-2,4` */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const ranges: [number, number][] = []
  for (const index of [...indexes].toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === index - 1) last[1] = index
    else ranges.push([index, index])
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',')
}
