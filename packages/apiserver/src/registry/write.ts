import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'
import type { Item } from '../cache/item.ts'
import type { Request } from '../request.ts'
import type { InstalledResource } from '../strategy.ts'

/** An object on its way to the store: the steps of the pipeline edit or replace `draft`. */
export interface Write {
  readonly request: Request
  readonly installed: InstalledResource
  readonly operation: 'CREATE' | 'UPDATE'
  readonly subresource: string
  readonly dryRun: boolean
  /** What is stored now, in the version of the request. Absent on CREATE. */
  readonly old: DeepReadonly<Unstructured> | undefined
  readonly oldItem: Item | undefined
  /** Who manages the fields that this write sets; `undefined` when server-side apply has settled it. */
  readonly manager: string | undefined
  draft: Unstructured
}

export interface WriteStep {
  readonly name: string
  run(write: Write): void | Promise<void>
}
