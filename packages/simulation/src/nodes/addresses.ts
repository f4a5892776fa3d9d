/** Pod addresses of one cluster: 10.x.0.0/16, where x comes from the cluster's name so that clusters differ. */
export class Addresses {
  readonly #second: number
  readonly #byKey = new Map<string, string>()
  readonly #used = new Set<string>()
  #next = 1

  constructor(cluster: string) {
    this.#second = octetOf(cluster)
  }

  /** An address that exists already, from before a restart. */
  keep(key: string, address: string): void {
    this.#byKey.set(key, address)
    this.#used.add(address)
  }

  assign(key: string): string {
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    for (let tries = 0; tries < 65_000; tries++) {
      const address = `10.${this.#second}.${(this.#next >> 8) & 255}.${this.#next & 255}`
      this.#next = this.#next >= 65_534 ? 1 : this.#next + 1
      if (this.#used.has(address)) continue
      this.keep(key, address)
      return address
    }
    throw new Error('the cluster has no pod address left')
  }

  release(key: string): void {
    const address = this.#byKey.get(key)
    if (address === undefined) return
    this.#byKey.delete(key)
    this.#used.delete(address)
  }
}

/** 16 to 239: outside the ranges machines and service networks usually have. */
export function octetOf(name: string): number {
  let hash = 7
  for (let at = 0; at < name.length; at++) hash = (hash * 31 + name.charCodeAt(at)) >>> 0
  return 16 + (hash % 224)
}

/** An address in 198.18.0.0/15, the range for test networks, that depends only on whom it is for. */
export function loadBalancerAddress(identity: string): string {
  let hash = 7
  for (let at = 0; at < identity.length; at++) hash = (Math.imul(hash, 31) + identity.charCodeAt(at)) >>> 0
  return `198.${18 + (hash & 1)}.${(hash >>> 1) & 255}.${1 + ((hash >>> 9) % 254)}`
}
