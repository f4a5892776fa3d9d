import type { Connection, UserInfo } from '@kairship/apimachinery'
import type { AdmissionPlugin } from '@kairship/api'
import type { Store } from '@kairship/storage'
import type { Clock, Logger, Random } from '@kairship/runtime'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { OutboundPolicy } from './outbound/outbound.ts'

/** How a caller proves who they are. At most one field is set; none is anonymous. */
export interface Credentials {
  readonly bearerToken?: string
  /** DER of the client certificate presented in the TLS handshake; verified against the plane's own client CA. */
  readonly clientCertificate?: Uint8Array
  /** Already authenticated by something trusted in this process (the gateway). */
  readonly user?: UserInfo
}

export interface RequestOptions {
  /** Where the plane is mounted (`/instances/demo`): stripped from the path before routing. '' at the root. */
  readonly prefix: string
  readonly credentials: Credentials
  /** Refuse everything but reads. */
  readonly readOnly?: boolean
}

export interface PlaneOptions {
  readonly name: string
  readonly store: Store
  /** Kubernetes minor version the plane shows and serves, e.g. `1.36`. Default: the newest known. */
  readonly version?: string
  /** PEM key and certificate of the plane's client CA; created by the host program so that it survives restarts. */
  readonly clientCa: { readonly certificate: string; readonly key: string }
  /** PEM key and certificate of the CA by which aggregated API servers know this plane. Default: made in memory when needed. */
  readonly requestHeaderCa?: { readonly certificate: string; readonly key: string }
  /** PEM private key for ServiceAccount tokens. */
  readonly serviceAccountKey: string
  /** External URL, for issuer and discovery: `https://127.0.0.1:8443/instances/demo`. */
  readonly url: string
  /** PEM of the CA that signed the serving certificate; published as `kube-root-ca.crt`. */
  readonly servingCa: string
  /** CRD manifests that exist in this plane from the start (compiled once per process, shared by planes). */
  readonly builtinCrds?: readonly unknown[]
  /** In-process admission webhooks of the plane's kinds (Karmada's in an instance). */
  readonly admission?: readonly AdmissionPlugin[]
  /** How much of the past stays in memory for watches and for pages at an old revision; whichever is reached first. */
  readonly history?: { readonly changes?: number; readonly bytes?: number }
  /** Told about every finished request, synchronously. */
  readonly audit?: (event: AuditEvent) => void
  /** Bearer tokens that are always valid. */
  readonly staticTokens?: readonly { readonly token: string; readonly user: UserInfo }[]
}

/** One finished request: who did what, with which result. Never bodies (I13). */
export interface AuditEvent {
  readonly user: UserInfo
  readonly verb: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** HTTP status code of the answer. */
  readonly code: number
  readonly receivedAt: number
  readonly tookMs: number
  /** What admission had to say. */
  readonly annotations?: { readonly [key: string]: string }
}

/** A logical control plane: one Kubernetes-compatible API with its own store. */
export interface Plane extends AsyncDisposable {
  readonly name: string
  /** The second door: same pipeline, no HTTP. Authorization applies to `user`. */
  connect(user: UserInfo): Connection
  /** Who the credentials prove; `undefined` for anonymous; throws 401 `ApiError` when they are bad. */
  authenticate(credentials: Credentials): Promise<UserInfo | undefined>
  /** The first door. Resolves when the response (or watch stream) has ended; never rejects. */
  handle(
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
    options: RequestOptions,
  ): Promise<void>
  upgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array, options: RequestOptions): Promise<void>
  /** A client certificate (PEM chain and key) for `user`, signed by the plane's client CA. */
  issueCertificate(user: UserInfo, validForMs: number): Promise<{ certificate: string; key: string }>
  /** A bearer token for a ServiceAccount that exists in the plane. */
  issueServiceAccountToken(namespace: string, name: string, validForMs: number): Promise<string>
  readonly ready: boolean
}

/** Hosts any number of planes in one process; holds what they share (definitions, compiled schemas). */
export interface PlaneHost extends AsyncDisposable {
  /** Opens the plane: loads its store, installs CRDs, starts its controllers (namespaces, garbage collection …). */
  open(options: PlaneOptions): Promise<Plane>
}

export interface PlaneHostOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Where webhooks and aggregated servers that planes name may be called. Default: anywhere. */
  readonly outbound?: OutboundPolicy
}
