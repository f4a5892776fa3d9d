import type { PlaneOptions } from '../plane.ts'
import type { PlaneRegistry } from '../strategy.ts'
import type { TokenAuthority } from '../auth/contracts.ts'

export interface LifecycleOptions extends Pick<PlaneOptions, 'servingCa' | 'url'> {
  readonly registry: PlaneRegistry
  readonly tokens: TokenAuthority
}

/** Creates what every plane has: namespaces, RBAC, the `kubernetes` Service. Idempotent; run at every opening. */
export async function bootstrapPlane(_options: LifecycleOptions): Promise<void> {}

/** Starts the plane's own controllers: namespaces, ServiceAccounts, garbage collection, expiry. Disposing stops them. */
export function startLifecycle(_options: LifecycleOptions): AsyncDisposable {
  return { [Symbol.asyncDispose]: async () => {} }
}
