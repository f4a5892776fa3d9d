import type { UserInfo } from '@kairship/apimachinery'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Duplex } from 'node:stream'

export type AnyRequest = IncomingMessage | Http2ServerRequest
export type AnyResponse = ServerResponse | Http2ServerResponse

/** What the caller showed; judged by the plane behind the door, never by the gateway. */
export interface DoorCredentials {
  readonly bearerToken?: string
  /** DER of the certificate whose key the caller proved to hold in the TLS handshake. */
  readonly clientCertificate?: Uint8Array
  /** Set only by listeners that are themselves trusted (the loopback UI). */
  readonly user?: UserInfo
}

export interface DoorOptions {
  /** Where the plane is mounted (`/instances/demo`); the plane strips it. */
  readonly prefix: string
  readonly credentials: DoorCredentials
  /** Refuse everything but reads. */
  readonly readOnly?: boolean
}

/**
 * The HTTP side of one control plane, described by shape so that the gateway can front our planes, proxied clusters and
 * tests alike.
 */
export interface Door {
  readonly ready: boolean
  /** Resolves when the response (or watch stream) has ended; never rejects. */
  handle(request: AnyRequest, response: AnyResponse, options: DoorOptions): Promise<void>
  upgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array, options: DoorOptions): Promise<void>
}

/** Whether one plane serves. */
export interface ReadyCheck {
  /** `hub`, `instances`, `clusters`: planes of a kind are counted together. */
  readonly kind: string
  readonly ready: boolean
}

/** Who stands behind which path; asked on every request, so planes may come and go. */
export interface Doors {
  hub(): Door | undefined
  instance(name: string): Door | undefined
  member(name: string): Door | undefined
  /** The plane, other than the hub, whose client CA has this name (an RFC 2253 text as Node gives it). */
  issuer(name: string): Door | undefined
  /** Everything that is expected to serve. */
  checks(): readonly ReadyCheck[]
}
