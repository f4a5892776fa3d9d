import type { ResourceRef } from '@kairship/apimachinery'

/** One resource in one version, as the server describes it. Usable wherever a `ResourceRef` is. */
export interface DiscoveredResource extends ResourceRef {
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly verbs: readonly string[]
  /** Names only: `status`, `scale` … */
  readonly subresources: readonly string[]
}

export interface DiscoveredVersion {
  readonly version: string
  readonly resources: readonly DiscoveredResource[]
}

/** Versions in the server's order of preference. */
export interface DiscoveredGroup {
  /** '' for the core group. */
  readonly name: string
  readonly versions: readonly DiscoveredVersion[]
}

/** A group version that is announced but could not be read (an aggregated API that is down). */
export interface DiscoveryFailure {
  readonly groupVersion: string
  readonly error: Error | undefined
}

export interface Discovery {
  /** As the server writes it, e.g. `v1.36.2`. */
  readonly serverVersion: string
  readonly groups: readonly DiscoveredGroup[]
  readonly failures: readonly DiscoveryFailure[]
}
