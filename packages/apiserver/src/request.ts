import type { DeepReadonly, JsonObject, Operation, UserInfo } from '@kairship/apimachinery'
import type { Logger } from '@kairship/runtime'
import type { View } from './cache/item.ts'
import type { WatchStream } from './cache/watch-stream.ts'
import type { InstalledResource, RequestContext } from './strategy.ts'

/** An operation on its way through the pipeline. */
export interface Request extends RequestContext {
  readonly operation: Operation
  readonly user: UserInfo
  /** When it arrived. */
  readonly now: number
  readonly log: Logger
  /** Collected for the `Warning` headers. */
  readonly warnings: string[]
  readonly signal: AbortSignal | undefined
  /** What admission wants to see in the audit record. */
  auditAnnotations?: { [key: string]: string }
}

export interface List {
  readonly installed: InstalledResource
  readonly views: readonly View[]
  readonly revision: number
  readonly continue?: string
  readonly remaining?: number
}

/** What the pipeline answers, before a door renders it as objects or as bytes. */
export type Outcome =
  | { readonly type: 'object'; readonly status: number; readonly view: View; readonly installed: InstalledResource }
  | { readonly type: 'list'; readonly list: List }
  | { readonly type: 'watch'; readonly stream: WatchStream }
  /** Scales, reviews, Status: objects that are not stored as such. */
  | { readonly type: 'value'; readonly status: number; readonly body: DeepReadonly<JsonObject> }
