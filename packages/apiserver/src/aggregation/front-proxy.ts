import type { Clock } from '@kairship/runtime'
import { ClientCertificates, createAuthority, type KeyPair } from '../auth/certificates.ts'

/** Whom aggregated servers trust to name the user. */
export const frontProxyName = 'front-proxy-client'

const caValidForMs = 10 * 365 * 86_400_000
const clientValidForMs = 365 * 86_400_000

/** The plane's identity towards aggregated servers: made when first needed, unless the host program gives a CA. */
export class FrontProxy {
  readonly #clock: Clock
  readonly #given: KeyPair | undefined
  #authority: Promise<KeyPair> | undefined
  #client: { readonly pair: Promise<KeyPair>; readonly renewAt: number } | undefined

  constructor(clock: Clock, authority?: KeyPair) {
    this.#clock = clock
    this.#given = authority
  }

  /** True when there is a CA that servers can be told about. */
  get ready(): boolean {
    return this.#given !== undefined || this.#authority !== undefined
  }

  authority(): Promise<KeyPair> {
    if (this.#given !== undefined) return Promise.resolve(this.#given)
    return (this.#authority ??= createAuthority('kairship-front-proxy-ca', caValidForMs, this.#clock))
  }

  client(): Promise<KeyPair> {
    const now = this.#clock.now()
    if (this.#client === undefined || now >= this.#client.renewAt) {
      this.#client = { pair: this.#issue(), renewAt: now + clientValidForMs / 2 }
    }
    return this.#client.pair
  }

  async #issue(): Promise<KeyPair> {
    const certificates = new ClientCertificates(await this.authority(), this.#clock)
    return certificates.issue({ username: frontProxyName, groups: [] }, clientValidForMs)
  }
}
