import { fnv1a32 } from './hash.ts'

export interface Party {
  readonly name: string
  readonly votes: number
}

/** Which of two parties with the same claim and seats is served first: by name, upwards or downwards. */
export type NameOrder = 'ascending' | 'descending'

/** The order that a template's UID decides: so remainders of different workloads do not pile up on one cluster. */
export function nameOrderOf(uid: string | undefined): NameOrder {
  return uid !== undefined && uid !== '' && fnv1a32(uid) % 2 === 1 ? 'descending' : 'ascending'
}

/**
 * Sainte-Laguë: `seats` one by one to the party with the largest votes/(2·seats+1). Ties go to the party with fewer
 * seats, then by name. Parties without votes get nothing; without any votes nothing is distributed.
 */
export function webster(
  seats: number,
  parties: readonly Party[],
  order: NameOrder = 'ascending',
): ReadonlyMap<string, number> {
  const sign = order === 'ascending' ? 1 : -1
  const before = (left: string, right: string): boolean => (left < right ? sign : -sign) > 0
  const entries = parties.map(({ name, votes }) => ({ name, votes, seats: 0, claim: votes }))
  const result = new Map<string, number>()
  if (entries.some((entry) => entry.votes > 0)) {
    for (let seat = 0; seat < seats; seat++) {
      let best: (typeof entries)[number] | undefined
      for (const entry of entries) {
        if (
          best === undefined ||
          entry.claim > best.claim ||
          (entry.claim === best.claim &&
            (entry.seats < best.seats || (entry.seats === best.seats && before(entry.name, best.name))))
        ) {
          best = entry
        }
      }
      if (best === undefined) break
      best.seats++
      best.claim = best.votes / (2 * best.seats + 1)
    }
  }
  for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    result.set(entry.name, entry.seats)
  }
  return result
}
