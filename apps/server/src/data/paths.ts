import { join } from 'node:path'

/** The three uses of a plane; also the folder names of their files and, but for the hub, their URL mounts. */
export type PlaneKind = 'hub' | 'instances' | 'clusters'

/** Where everything lives in a data directory. The kubeconfig names are fixed: people and tests rely on them. */
export class DataPaths {
  readonly root: string
  constructor(root: string) {
    this.root = root
  }
  get lock(): string {
    return join(this.root, 'lock')
  }
  /** What the running server says about itself: pid and addresses. */
  get running(): string {
    return join(this.root, 'server.json')
  }
  /** How far the demo has come: `begun` or `done`. */
  get demo(): string {
    return join(this.root, 'demo')
  }
  get pki(): string {
    return join(this.root, 'pki')
  }
  planeKeys(kind: PlaneKind, name: string): string {
    return kind === 'hub' ? join(this.pki, 'planes', 'hub') : join(this.pki, 'planes', kind, name)
  }
  planeFile(kind: PlaneKind, name: string): string {
    return kind === 'hub' ? join(this.root, 'planes', 'hub.db') : join(this.root, 'planes', kind, `${name}.db`)
  }
  kubeconfig(kind: PlaneKind, name: string): string {
    return kind === 'hub'
      ? join(this.root, 'kubeconfig', 'hub.yaml')
      : join(this.root, 'kubeconfig', kind, `${name}.yaml`)
  }
}
