import type { Client, Informers } from '@kairship/client'
import type { Interpreter } from '@kairship/interpreter'
import type { Clock, Logger, Random } from '@kairship/runtime'
import type { Activity } from './activity.ts'
import type { KindDirectory } from './kinds.ts'
import type { EngineSettings } from './settings.ts'
import type { Stores } from './stores.ts'
import type { Templates } from './templates.ts'

/** What every controller of one engine is given. */
export interface EngineContext {
  readonly client: Client
  readonly informers: Informers
  readonly stores: Stores
  readonly kinds: KindDirectory
  readonly templates: Templates
  readonly interpreter: Interpreter
  readonly activity: Activity
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly settings: EngineSettings
}
