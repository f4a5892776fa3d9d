import { describe, it } from 'vitest'
import type { Store } from '../store.ts'
import { concurrencyCases } from './contract-concurrency.ts'
import { propertyCases } from './contract-properties.ts'
import { readCases } from './contract-reads.ts'
import { watchCases } from './contract-watches.ts'
import { writeCases } from './contract-writes.ts'

export interface StoreContractOptions {
  /** Cases an implementation does not fulfil, by name. The reason is printed with the skipped test. */
  readonly skip?: readonly { readonly test: string; readonly reason: string }[]
}

/** A case gets a fresh, empty store, which is disposed afterwards in any case. */
export type ContractCases = { readonly [sentence: string]: (store: Store, open: () => Promise<Store>) => Promise<void> }

/** What every store must do. `open` gives a new, empty store with every call. */
export function storeContract(name: string, open: () => Promise<Store>, options: StoreContractOptions = {}): void {
  const groups: { readonly [group: string]: ContractCases } = {
    writes: writeCases,
    reads: readCases,
    watches: watchCases,
    concurrency: concurrencyCases,
    properties: propertyCases,
  }
  const sentences = new Set(Object.values(groups).flatMap((cases) => Object.keys(cases)))
  for (const { test } of options.skip ?? []) {
    if (!sentences.has(test)) throw new Error(`the store contract has no case called: ${test}`)
  }
  describe(`store contract: ${name}`, () => {
    for (const [group, cases] of Object.entries(groups)) {
      describe(group, () => {
        for (const [sentence, run] of Object.entries(cases)) {
          const skipped = options.skip?.find(({ test }) => test === sentence)
          if (skipped !== undefined) {
            it.skip(`${sentence} (skipped: ${skipped.reason})`, () => {})
            continue
          }
          it(sentence, async () => {
            await using store = await open()
            await run(store, open)
          })
        }
      })
    }
  })
}
