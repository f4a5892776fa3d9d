import data from './generated/crds.json' with { type: 'json' }
import { clusterCrd } from './cluster-crd.ts'

/**
 * Manifests of all CRDs of a Karmada-compatible instance. Every call returns the same upstream objects: do not change
 * them. `ResourceRegistry` is left out until something serves it.
 */
export function karmadaCrds(): readonly unknown[] {
  return [clusterCrd(), ...data.crds]
}

/** The Karmada that the schemas were taken from. */
export function karmadaSource(): string {
  return data.source
}
