import { isIP } from 'node:net'
import { CelError } from '../error.ts'
import { Opaque } from '../values/value.ts'
import { define, type Overload, traverse } from './overload.ts'

/** An IPv4 or IPv6 address as a number. */
class Address extends Opaque {
  readonly type = 'net.IP'
  readonly family: 4 | 6
  readonly bits: bigint
  constructor(family: 4 | 6, bits: bigint) {
    super()
    this.family = family
    this.bits = bits
  }
  get width(): number {
    return this.family === 4 ? 32 : 128
  }
  override get size(): number {
    return this.width / 8
  }
  equals(other: Opaque): boolean {
    return other instanceof Address && other.family === this.family && other.bits === this.bits
  }
  in(network: string): boolean {
    const cidr = parseCidr(network)
    return typeof cidr !== 'string' && cidr.contains(this)
  }
}
class Network extends Opaque {
  readonly type = 'net.CIDR'
  readonly address: Address
  readonly length: number
  constructor(address: Address, length: number) {
    super()
    this.address = address
    this.length = length
  }
  override get size(): number {
    return this.address.size
  }
  get masked(): Network {
    const { family, bits, width } = this.address
    const rest = BigInt(width - this.length)
    return new Network(new Address(family, (bits >> rest) << rest), this.length)
  }
  contains({ family, bits }: Address): boolean {
    const rest = BigInt(this.address.width - this.length)
    return family === this.address.family && bits >> rest === this.address.bits >> rest
  }
  equals(other: Opaque): boolean {
    return other instanceof Network && other.length === this.length && other.address.equals(this.address)
  }
}

function parseAddress(text: string): Address | string {
  const family = isIP(text)
  if (family === 0)
    return `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`
  if (text.includes('%')) return `IP address ${JSON.stringify(text)} with zone value is not allowed`
  if (family === 4) {
    return new Address(
      4,
      text.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n),
    )
  }
  const bits = parse6(text)
  if (bits >> 32n === 0xffffn) return `IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`
  return new Address(6, bits)
}
function parse6(text: string): bigint {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text)
  const pair = (high = '', low = ''): string => ((Number(high) << 8) | Number(low)).toString(16)
  const plain = dotted === null ? text : `${dotted[1]}${pair(dotted[2], dotted[3])}:${pair(dotted[4], dotted[5])}`
  const [head = '', tail] = plain.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length
  const all = [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
  return all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n)
}
function parseCidr(text: string): Network | string {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text)
  const bad = `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): no '/'`
  if (match === null) return bad
  const address = parseAddress(match[1] ?? '')
  if (typeof address === 'string') return address
  const length = Number(match[2])
  return length > address.width ? bad.replace("no '/'", 'prefix length out of range') : new Network(address, length)
}
function must<T>(parsed: T | string): T {
  if (typeof parsed === 'string') throw new CelError(parsed)
  return parsed
}

/** RFC 5952. */
function addressText({ family, bits }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 255n)).join('.')
  const groups = Array.from({ length: 8 }, (_group, index) =>
    ((bits >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  )
  let best = { start: -1, length: 1 }
  for (let start = 0; start < 8; start++) {
    let end = start
    while (groups[end] === '0') end += 1
    if (end - start > best.length) best = { start, length: end - start }
  }
  if (best.start < 0) return groups.join(':')
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`
}
function networkText({ address, length }: Network): string {
  return `${addressText(address)}/${length}`
}
function isMulticast(address: Address): boolean {
  return address.in('224.0.0.0/4') || address.in('ff00::/8')
}
function isLinkLocal(address: Address): boolean {
  return address.in('169.254.0.0/16') || address.in('fe80::/10')
}
function isLoopback(address: Address): boolean {
  return address.in('127.0.0.0/8') || (address.family === 6 && address.bits === 1n)
}
function isGlobalUnicast(address: Address): boolean {
  if (address.family === 4 && address.bits === 0xffffffffn) return false
  return address.bits !== 0n && !isLoopback(address) && !isMulticast(address) && !isLinkLocal(address)
}
function isCanonical(text: string): boolean {
  return addressText(must(parseAddress(text))) === text
}
function inside(outer: Network, inner: Network): boolean {
  return inner.length >= outer.length && outer.contains(inner.address)
}

const scan = { cost: traverse }
const text = { cost: () => 1, size: () => 64 }

export const networkOverloads: readonly Overload[] = [
  define('ip(string): net.IP', (value: string) => must(parseAddress(value)), scan),
  define('isIP(string): bool', (value: string) => typeof parseAddress(value) !== 'string', scan),
  define('ip.isCanonical(string): bool', isCanonical, scan),
  define('net.IP.family(): int', ({ family }: Address) => BigInt(family)),
  define('net.IP.isUnspecified(): bool', ({ bits }: Address) => bits === 0n),
  define('net.IP.isLoopback(): bool', isLoopback),
  define('net.IP.isLinkLocalMulticast(): bool', (value: Address) => value.in('224.0.0.0/24') || value.in('ff02::/16')),
  define('net.IP.isLinkLocalUnicast(): bool', isLinkLocal),
  define('net.IP.isGlobalUnicast(): bool', isGlobalUnicast),
  define('string(net.IP): string', addressText, text),
  define('cidr(string): net.CIDR', (value: string) => must(parseCidr(value)), scan),
  define('isCIDR(string): bool', (value: string) => typeof parseCidr(value) !== 'string', scan),
  define(
    'net.CIDR.containsIP(string): bool',
    (net: Network, value: string) => net.contains(must(parseAddress(value))),
    scan,
  ),
  define('net.CIDR.containsIP(net.IP): bool', (net: Network, value: Address) => net.contains(value)),
  define(
    'net.CIDR.containsCIDR(string): bool',
    (net: Network, value: string) => inside(net, must(parseCidr(value))),
    scan,
  ),
  define('net.CIDR.containsCIDR(net.CIDR): bool', inside),
  define('net.CIDR.ip(): net.IP', ({ address }: Network) => address),
  define('net.CIDR.masked(): net.CIDR', (net: Network) => net.masked),
  define('net.CIDR.prefixLength(): int', ({ length }: Network) => BigInt(length)),
  define('string(net.CIDR): string', networkText, text),
]
