import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'
import type { PlaneRegistry } from '../../../strategy.ts'
import { at, integer, items, strings } from '../../fields.ts'

/** 10.96.0.0/12 */
const base = (10 << 24) + (96 << 16)
const size = 2 ** 20
const serviceRange = '10.96.0.0/12'
/** The first addresses are left to those who ask for one by name. */
const reservedForStatic = 256
const firstPort = 30000
const lastPort = 32767
const nodePortRange = `${firstPort}-${lastPort}`
/** An address handed out to a request that then failed is free again after this time. */
const holdMs = 60_000

/**
 * The Service addresses and node ports of one plane. What stored Services use is followed; what was handed out to requests
 * still under way is held for a while.
 */
export class ServiceAddresses {
  readonly #registry: PlaneRegistry
  /** Address or port → how many stored Services have it. */
  readonly #used = new Map<string | number, number>()
  readonly #held = new Map<string | number, number>()
  #following = false

  constructor(registry: PlaneRegistry) {
    this.#registry = registry
  }

  /** A free address; `undefined` when there is none. */
  address(): string | undefined {
    this.#follow()
    const span = size - reservedForStatic - 2
    const start = Math.floor(this.#registry.random.next() * span)
    for (let step = 0; step < span; step++) {
      const address = formatAddress(base + reservedForStatic + ((start + step) % span))
      if (this.#take(address)) return address
    }
    return undefined
  }
  nodePort(): number | undefined {
    this.#follow()
    const span = lastPort - firstPort + 1
    const start = Math.floor(this.#registry.random.next() * span)
    for (let step = 0; step < span; step++) {
      const port = firstPort + ((start + step) % span)
      if (this.#take(port)) return port
    }
    return undefined
  }
  /** Why this very address cannot be had; '' when it is now the caller's. */
  claimAddress(address: string): string {
    this.#follow()
    const number = parseAddress(address)
    if (number === undefined || number <= base || number >= base + size - 1) {
      return `failed to allocate IP ${address}: the provided IP (${address}) is not in the valid range. The range of valid IPs is ${serviceRange}`
    }
    return this.#take(address) ? '' : `failed to allocate IP ${address}: provided IP is already allocated`
  }
  claimNodePort(port: number): string {
    this.#follow()
    if (port < firstPort || port > lastPort) {
      return `provided port is not in the valid range. The range of valid ports is ${nodePortRange}`
    }
    return this.#take(port) ? '' : 'provided port is already allocated'
  }

  #take(thing: string | number): boolean {
    const now = this.#registry.clock.now()
    if ((this.#used.get(thing) ?? 0) > 0 || (this.#held.get(thing) ?? 0) > now) return false
    this.#held.set(thing, now + holdMs)
    return true
  }

  /** Starts with the first question, when the plane's resources are there. */
  #follow(): void {
    if (this.#following) return
    this.#following = true
    // Lives as long as the plane: the registry ends it.
    this.#registry.subscribe('', 'services', (event) => {
      const before = event.type === 'put' ? event.previous : event.object
      for (const thing of before === undefined ? [] : thingsOf(before)) this.#count(thing, -1)
      if (event.type === 'put') for (const thing of thingsOf(event.object)) this.#count(thing, 1)
    })
  }
  #count(thing: string | number, by: number): void {
    const count = (this.#used.get(thing) ?? 0) + by
    if (count > 0) this.#used.set(thing, count)
    else this.#used.delete(thing)
    this.#held.delete(thing)
  }
}

/** The addresses and node ports of a Service. */
function thingsOf(service: DeepReadonly<Unstructured>): (string | number)[] {
  const spec = at(service, 'spec')
  const addresses = strings(spec, 'clusterIPs').filter((address) => address !== 'None')
  const ports = new Set(items(spec, 'ports').flatMap((port) => integer(port, 'nodePort') ?? []))
  return [...addresses, ...ports]
}

function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
}
function parseAddress(address: string): number | undefined {
  const parts = address.split('.')
  if (parts.length !== 4) return undefined
  let value = 0
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined
    value = value * 256 + Number(part)
  }
  return value
}
