import { TLSSocket } from 'node:tls'
import type { Duplex } from 'node:stream'
import type { AnyRequest, DoorCredentials } from './door.ts'

/** As much of a client certificate as the gateway needs. */
export interface PeerCertificate {
  /** DER. */
  readonly raw: Uint8Array
  /** Name of the CA that it says it is from; nothing has been verified. */
  readonly issuer: string
}

/** The certificate of each connection, read once: reading it per request costs more than routing. */
export class PeerCertificates {
  readonly #byConnection = new WeakMap<object, PeerCertificate | false>()

  of(request: AnyRequest): PeerCertificate | undefined {
    const session = 'stream' in request ? request.stream.session : undefined
    const owner: object = session ?? request.socket
    let found = this.#byConnection.get(owner)
    if (found === undefined) {
      found = peerCertificate(session === undefined ? request.socket : session.socket) ?? false
      this.#byConnection.set(owner, found)
    }
    return found === false ? undefined : found
  }
}

function peerCertificate(socket: Duplex): PeerCertificate | undefined {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  return certificate === undefined ? undefined : { raw: certificate.raw, issuer: certificate.issuer }
}

/** A bearer token wins over a certificate, as in Kubernetes clients that send both. */
export function credentialsOf(request: AnyRequest, certificates: PeerCertificates): DoorCredentials {
  const header = request.headers.authorization
  const token = header === undefined ? undefined : /^bearer +(\S+)\s*$/i.exec(header)?.[1]
  if (token !== undefined) return { bearerToken: token }
  const clientCertificate = certificates.of(request)?.raw
  return clientCertificate === undefined ? {} : { clientCertificate }
}
