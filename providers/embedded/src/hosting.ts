import type { AdmissionPlugin } from '@kairship/api'
import type { Plane } from '@kairship/apiserver'

/** The planes this package runs; the hub is the embedding program's own. */
export type HostedKind = 'instances' | 'clusters'

export interface HostedPlaneOptions {
  /** Kubernetes minor version; the newest when left out. */
  readonly version?: string
  readonly builtinCrds?: readonly unknown[]
  readonly admission?: readonly AdmissionPlugin[]
}

/** What the embedding program supplies: files, keys, addresses. Everything is by kind and name. */
export interface PlaneHosting {
  /**
   * Opens the plane, making its keys and store when they do not exist, publishes it at its URL and writes its
   * kubeconfig. Opening an open plane returns it.
   */
  open(kind: HostedKind, name: string, options: HostedPlaneOptions): Promise<Plane>
  /** Stops serving the plane; its data stays. Nothing happens when it is not open. */
  close(kind: HostedKind, name: string): Promise<void>
  /** Closes the plane and removes its data, keys and kubeconfig. Nothing happens when there are none. */
  remove(kind: HostedKind, name: string): Promise<void>
  /** The open plane. */
  find(kind: HostedKind, name: string): Plane | undefined
  /** The plane as soon as it is open; `undefined` when that takes longer than `withinMs`. */
  opened(kind: HostedKind, name: string, withinMs: number): Promise<Plane | undefined>
  url(kind: HostedKind, name: string): string
  /** The name of the hosted cluster that this URL leads to; also for the addresses of earlier starts. */
  ownCluster(endpoint: string): string | undefined
}
