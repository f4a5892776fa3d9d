import { BlockList, isIP } from 'node:net'
import type { FieldErrors } from '../field-errors.ts'

export function validateIp(value: string, field: string, errors: FieldErrors): void {
  if (isIP(value) === 0) {
    errors.invalid(field, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')
  }
}

/** Addresses of the machine itself or of one link are nothing that traffic from elsewhere may be sent to. */
export function validateReachable(value: string, field: string, errors: FieldErrors): void {
  const family = isIP(value)
  if (family === 0) return
  if (value === '0.0.0.0' || value === '::') {
    errors.invalid(field, value, `may not be unspecified (${value})`)
    return
  }
  for (const [networks, detail] of unreachable) {
    if (networks.check(value, family === 6 ? 'ipv6' : 'ipv4')) errors.invalid(field, value, detail)
  }
}

const unreachable: readonly (readonly [BlockList, string])[] = [
  [networks('127.0.0.0/8', '::1/128'), 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [networks('169.254.0.0/16', 'fe80::/10'), 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [networks('224.0.0.0/24', 'ff02::/10'), 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
]

function networks(...cidrs: readonly string[]): BlockList {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const network = parseCidr(cidr)
    if (network !== undefined) list.addSubnet(network.address, network.bits, network.type)
  }
  return list
}

export interface Cidr {
  readonly address: string
  readonly bits: number
  readonly type: 'ipv4' | 'ipv6'
}

export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text)
  const [, address = '', digits = ''] = match ?? []
  const family = isIP(address)
  const bits = Number(digits)
  if (family === 0 || match === null || bits > (family === 6 ? 128 : 32)) return undefined
  return { address, bits, type: family === 6 ? 'ipv6' : 'ipv4' }
}

export function validateCidr(value: string, field: string, errors: FieldErrors): void {
  if (parseCidr(value) === undefined) {
    errors.invalid(field, value, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')
  }
}

/** True when `inner` is a smaller part of `outer`. */
export function isStrictSubset(inner: Cidr, outer: Cidr): boolean {
  if (inner.type !== outer.type || inner.bits <= outer.bits) return false
  const list = new BlockList()
  list.addSubnet(outer.address, outer.bits, outer.type)
  return list.check(inner.address, inner.type)
}
