import type { Address } from '@kairship/gateway'
import type { Clock, Logger, Random } from '@kairship/runtime'
import type { DataPaths } from './data/paths.ts'

export interface ServerOptions {
  readonly dataDir: string
  readonly listen: Address
  /** The loopback address of the web pages; without it there are none. */
  readonly ui?: Address
  /** Fill a new data directory with the demo. */
  readonly demo: boolean
  /** The built web pages. */
  readonly pagesDir?: string
  /** Where the demo's manifests are. */
  readonly examplesDir: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** What is being done right now, for people. */
  readonly onProgress?: (step: string) => void
}

/** A running server. */
export interface Server {
  /** `https://127.0.0.1:8443` */
  readonly url: string
  /** `http://127.0.0.1:8080` */
  readonly ui: string | undefined
  readonly paths: DataPaths
  /** This start fills the directory with the demo. */
  readonly seeding: boolean
  /** Resolves when the demo is in place; at once when there is nothing to seed. Rejects when seeding failed. */
  readonly seeded: Promise<void>
  /** Ends watches, finishes requests, stops every controller, closes every file. May be called again. */
  stop(): Promise<void>
}
