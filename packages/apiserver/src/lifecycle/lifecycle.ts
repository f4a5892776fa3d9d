import type { TokenAuthority } from '../auth/contracts.ts'
import type { PlaneOptions } from '../plane.ts'
import type { PlaneRegistry } from '../strategy.ts'
import { createFirstObjects } from './bootstrap/bootstrap.ts'
import { startCertificateController } from './certificates.ts'
import { startEventExpiry, startFinishedJobExpiry } from './expiry.ts'
import { GarbageCollector } from './garbage/collector.ts'
import { startNamespaceController } from './namespaces.ts'
import { startRoleAggregation } from './role-aggregation.ts'
import { startServiceAccountController } from './service-accounts.ts'
import { startTokenSecretController } from './token-secrets.ts'

export interface LifecycleOptions extends Pick<PlaneOptions, 'clientCa' | 'servingCa' | 'url'> {
  readonly registry: PlaneRegistry
  readonly tokens: TokenAuthority
}

/** Creates what every plane has: namespaces, RBAC, the `kubernetes` Service. Idempotent; run at every opening. */
export async function bootstrapPlane({ registry }: LifecycleOptions): Promise<void> {
  await createFirstObjects(registry)
}

/**
 * Starts the plane's own controllers: namespaces, ServiceAccounts and their tokens, role aggregation, garbage collection,
 * expiry. Disposing stops them. Start after the stored CRDs are installed: an owner of an unknown kind is waited for.
 */
export function startLifecycle({ registry, servingCa, clientCa, tokens }: LifecycleOptions): AsyncDisposable {
  const owned = new AsyncDisposableStack()
  owned.use(startNamespaceController(registry))
  owned.use(startServiceAccountController(registry, servingCa))
  owned.use(startTokenSecretController({ registry, tokens, servingCa }))
  owned.use(startRoleAggregation(registry))
  owned.use(startCertificateController(registry, clientCa))
  owned.use(startEventExpiry(registry))
  owned.use(startFinishedJobExpiry(registry))
  owned.use(new GarbageCollector(registry))
  return owned
}
