import type { Connection, DeepReadonly } from '@kairship/apimachinery'
import type { Secret } from '@kairship/api/builtin'
import type { Cluster } from '@kairship/api/karmada'
import { httpConnection } from '@kairship/client/node'
import type { HttpConnectionOptions } from '@kairship/client/node'
import type { Clock } from '@kairship/runtime'

/** Reads credentials in the control plane; always fresh. */
export interface MemberSecrets {
  get(reference: { readonly namespace: string; readonly name: string }): Promise<DeepReadonly<Secret> | undefined>
}

/** How the engine reaches a member. A connection that is `AsyncDisposable` is disposed when the member goes. */
export interface MemberTransport {
  connect(cluster: DeepReadonly<Cluster>, secrets: MemberSecrets): Promise<Connection>
}

/** HTTPS to `spec.apiEndpoint` with the Secret's `token` and `caBundle`, as Karmada's push mode does it. */
export function httpsTransport(options: { readonly clock: Clock; readonly requestMs?: number }): MemberTransport {
  return {
    async connect(cluster, secrets) {
      const { apiEndpoint, secretRef, insecureSkipTLSVerification } = cluster.spec
      const name = cluster.metadata.name ?? ''
      if (!apiEndpoint) throw new Error(`cluster ${name} has no API endpoint`)
      if (secretRef === undefined) throw new Error(`cluster ${name} has no secretRef`)
      const secret = await secrets.get(secretRef)
      if (secret === undefined) throw new Error(`secret ${secretRef.namespace}/${secretRef.name} does not exist`)
      const ca = dataOf(secret, 'caBundle')
      if (ca === undefined && insecureSkipTLSVerification !== true) {
        throw new Error(`secret ${secretRef.namespace}/${secretRef.name} has no caBundle`)
      }
      return httpConnection({
        server: apiEndpoint,
        clock: options.clock,
        tls: {
          ...(ca === undefined ? {} : { ca }),
          ...(insecureSkipTLSVerification === true ? { insecure: true } : {}),
        },
        tokenSource: secretToken(secretRef, secret, secrets),
        userAgent: 'karmada-controller-manager',
        ...(options.requestMs === undefined ? {} : { timeouts: { requestMs: options.requestMs } }),
      })
    },
  }
}

/** The Secret's token; read again after the member refused it. */
function secretToken(
  reference: { readonly namespace: string; readonly name: string },
  first: DeepReadonly<Secret>,
  secrets: MemberSecrets,
): NonNullable<HttpConnectionOptions['tokenSource']> {
  let known = dataOf(first, 'token')
  return {
    async token() {
      known ??= dataOf((await secrets.get(reference)) ?? {}, 'token')
      if (known === undefined) throw new Error(`secret ${reference.namespace}/${reference.name} has no token`)
      return known
    },
    invalidate(refused) {
      if (known === refused) known = undefined
    },
  }
}

function dataOf(secret: { readonly data?: DeepReadonly<Secret>['data'] }, key: string): string | undefined {
  const encoded = secret.data?.[key]
  return encoded ? Buffer.from(encoded, 'base64').toString('utf8') : undefined
}
