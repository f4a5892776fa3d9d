import type { Segment, Watcher } from './watcher.ts'

/** One revision: an object written, or deleted. */
interface Fact {
  readonly rv: number
  readonly name: string
  readonly n: number | undefined
}

/** Compares what each watcher was told with what all of them and the writers know together. */
export function checkWatchers(
  all: readonly Watcher[],
  filtered: readonly { readonly watcher: Watcher; readonly selects: (n: number) => boolean }[],
  acknowledged: ReadonlyMap<number, { readonly name: string; readonly n: number }>,
): { readonly problems: readonly string[]; readonly events: number } {
  const problems: string[] = []
  const facts = new Map<number, Fact>()
  const learn = (fact: Fact): void => {
    const known = facts.get(fact.rv)
    if (known === undefined) facts.set(fact.rv, fact)
    else if (known.name !== fact.name || !Object.is(known.n, fact.n)) {
      problems.push(`two truths at ${fact.rv}: ${JSON.stringify(known)} and ${JSON.stringify(fact)}`)
    }
  }
  for (const [rv, { name, n }] of acknowledged) learn({ rv, name, n })
  for (const watcher of all) {
    for (const { events } of watcher.segments) {
      for (const { type, name, n, rv } of events) learn({ rv, name, n: type === 'DELETED' ? undefined : n })
    }
  }
  const ordered = [...facts.values()].toSorted((a, b) => a.rv - b.rv)
  let events = 0
  for (const { watcher, selects } of [...all.map((watcher) => ({ watcher, selects: () => true })), ...filtered]) {
    problems.push(...watcher.problems)
    for (const segment of watcher.segments) {
      events += segment.events.length
      problems.push(...checkSegment(segment, ordered, facts, selects))
    }
  }
  return { problems, events }
}

function checkSegment(
  segment: Segment,
  ordered: readonly Fact[],
  facts: ReadonlyMap<number, Fact>,
  selects: (n: number) => boolean,
): string[] {
  const inside = new Set(segment.start.keys())
  const expected: string[] = []
  for (const { rv, name, n } of ordered) {
    if (rv <= segment.from || rv > segment.until) continue
    const was = inside.has(name)
    if (n !== undefined && selects(n)) {
      inside.add(name)
      expected.push(`${rv} ${was ? 'MODIFIED' : 'ADDED'} ${name} ${n}`)
    } else if (was) {
      inside.delete(name)
      expected.push(`${rv} DELETED ${name}`)
    }
  }
  // What only this watcher saw, because the server was killed before anybody else did, cannot be checked.
  const told = segment.events
    .filter(({ rv }) => facts.has(rv))
    .map(({ rv, type, name, n }) => `${rv} ${type} ${name}${type === 'DELETED' ? '' : ` ${n}`}`)
  const index = expected.findIndex((line, at) => line !== told[at])
  if (index >= 0) return [`expected "${expected[index]}", told "${told[index]}" (after ${segment.from})`]
  return told.length > expected.length ? [`told too much: "${told[expected.length]}"`] : []
}
