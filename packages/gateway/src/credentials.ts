import { TLSSocket } from 'node:tls'
import type { Duplex } from 'node:stream'
import type { AnyRequest, DoorCredentials } from './door.ts'

/** The DER certificate of each connection, read once: reading it per request costs more than routing. */
export class PeerCertificates {
  readonly #byConnection = new WeakMap<object, Uint8Array | false>()

  of(request: AnyRequest): Uint8Array | undefined {
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

function peerCertificate(socket: Duplex): Uint8Array | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  return socket.getPeerX509Certificate()?.raw
}

/** A bearer token wins over a certificate, as in Kubernetes clients that send both. */
export function credentialsOf(request: AnyRequest, certificates: PeerCertificates): DoorCredentials {
  const header = request.headers.authorization
  const token = header === undefined ? undefined : /^bearer +(\S+)\s*$/i.exec(header)?.[1]
  if (token !== undefined) return { bearerToken: token }
  const clientCertificate = certificates.of(request)
  return clientCertificate === undefined ? {} : { clientCertificate }
}
