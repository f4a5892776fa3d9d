import type { ResourceDefinition } from '../../definition.ts'
import { DEPRECATIONS, NEWEST_MINOR, OLDEST_MINOR, SERVED } from './intervals.ts'

/** What a Kubernetes of one minor version serves without flags. */
export interface VersionProfile {
  /** `1.30`. */
  readonly version: string
  readonly minor: number
  /** Every apiVersion/kind pair, also of versions we have no definitions for (`extensions/v1beta1` …). */
  readonly kinds: readonly { readonly group: string; readonly version: string; readonly kind: string }[]
  serves(group: string, version: string, kind: string): boolean
  /**
   * The definitions of this profile, in their order; storage moves to a version that this profile serves, and what it has
   * deprecated says so.
   */
  select(definitions: readonly ResourceDefinition[]): readonly ResourceDefinition[]
}

/** Throws for a version outside 1.16 … 1.36. */
export function servedIn(version: string): VersionProfile {
  const minor = parseMinor(version)
  const kinds = SERVED.filter((entry) => entry.first <= minor && minor <= entry.last).flatMap((entry) =>
    entry.kinds.map((kind) => ({ group: entry.group, version: entry.version, kind })),
  )
  const known = new Set(kinds.map((entry) => `${entry.group}/${entry.version}/${entry.kind}`))
  const serves = (group: string, groupVersion: string, kind: string): boolean =>
    known.has(`${group}/${groupVersion}/${kind}`)
  return {
    version: `1.${minor}`,
    minor,
    kinds,
    serves,
    select: (definitions) =>
      definitions
        .filter((definition) => serves(definition.group, definition.version, definition.kind))
        .map((definition) =>
          serves(definition.group, definition.storageVersion, definition.kind)
            ? definition
            : { ...definition, storageVersion: definition.version },
        )
        .map((definition) => withDeprecation(definition, minor)),
  }
}

function withDeprecation(definition: ResourceDefinition, minor: number): ResourceDefinition {
  const { group, version, kind } = definition
  const found = DEPRECATIONS.find((each) => each.group === group && each.version === version && each.kind === kind)
  return found === undefined || minor < found.since ? definition : { ...definition, deprecationWarning: found.warning }
}

function parseMinor(version: string): number {
  const minor = /^v?1\.(\d+)(?:\.|$)/.exec(version)?.[1]
  const number = Number(minor)
  if (minor === undefined || number < OLDEST_MINOR || number > NEWEST_MINOR) {
    throw new Error(`no profile for Kubernetes ${version}: known are 1.${OLDEST_MINOR} to 1.${NEWEST_MINOR}`)
  }
  return number
}

/** The body of `/version`. */
export type ServerVersion = {
  major: string
  minor: string
  emulationMajor?: string
  emulationMinor?: string
  minCompatibilityMajor?: string
  minCompatibilityMinor?: string
  gitVersion: string
  gitCommit: string
  gitTreeState: string
  buildDate: string
  goVersion: string
  compiler: string
  platform: string
}

/** `gitVersion` is a semver that names us, so that nobody takes a plane for upstream's binary: `v1.36.0+kairship`. */
export function serverVersion(version: string = `1.${NEWEST_MINOR}`): ServerVersion {
  const minor = parseMinor(version)
  return {
    major: '1',
    minor: String(minor),
    // Emulation versions appeared in /version with 1.33.
    ...(minor < 33
      ? {}
      : {
          emulationMajor: '1',
          emulationMinor: String(minor),
          minCompatibilityMajor: '1',
          minCompatibilityMinor: String(minor - 1),
        }),
    gitVersion: `v1.${minor}.0+kairship`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: 'linux/amd64',
  }
}

/** The Kubernetes minor whose types the definitions have. */
export const NEWEST_VERSION: string = `1.${NEWEST_MINOR}`
