import { CelError } from '../error.ts'
import { Opaque } from '../values/value.ts'
import { define, type Overload, traverse } from './overload.ts'

class SemverValue extends Opaque {
  readonly type = 'kubernetes.Semver'
  readonly numbers: readonly bigint[]
  readonly pre: readonly string[]
  readonly build: string
  constructor(numbers: readonly bigint[], pre: readonly string[], build: string) {
    super()
    this.numbers = numbers
    this.pre = pre
    this.build = build
  }
  equals(other: Opaque): boolean {
    return other instanceof SemverValue && order(this, other) === 0n
  }
}

const number = '(0|[1-9]\\d{0,18})'
const strict = new RegExp(`^${number}\\.${number}\\.${number}(?:-([0-9A-Za-z.-]+))?(?:\\+([0-9A-Za-z.-]+))?$`)

/** `normalize`: `v1.0` and `01.2` are read as 1.0.0 and 1.2.0. */
function parse(text: string, normalize = false): SemverValue | undefined {
  const match = strict.exec(normalize ? normal(text) : text)
  if (match === null) return undefined
  const pre = match[4] === undefined ? [] : match[4].split('.')
  if (pre.some((part) => part === '' || /^0\d+$/.test(part))) return undefined
  return new SemverValue(
    [1, 2, 3].map((index) => BigInt(match[index] ?? '0')),
    pre,
    match[5] ?? '',
  )
}
function normal(text: string): string {
  const [, core = '', rest = ''] = /^v?([^-+]*)(.*)$/s.exec(text) ?? []
  const parts = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''))
  while (parts.length < 3) parts.push('0')
  return parts.join('.') + rest
}
function semver(text: string, normalize = false): SemverValue {
  const parsed = parse(text, normalize)
  if (parsed === undefined) throw new CelError(`invalid semantic version ${JSON.stringify(text)}`)
  return parsed
}
function order(a: SemverValue, b: SemverValue): bigint {
  for (const [index, left] of a.numbers.entries()) {
    const right = b.numbers[index] ?? 0n
    if (left !== right) return left < right ? -1n : 1n
  }
  if (a.pre.length === 0 || b.pre.length === 0) return BigInt(Math.sign(b.pre.length - a.pre.length))
  for (let index = 0; index < Math.max(a.pre.length, b.pre.length); index++) {
    const [left, right] = [a.pre[index], b.pre[index]]
    if (left === undefined || right === undefined) return left === undefined ? -1n : 1n
    if (left === right) continue
    const [first, second] = [left, right].map((part) => /^\d+$/.test(part))
    if (first === true && second === true) return BigInt(left) < BigInt(right) ? -1n : 1n
    if (first !== second) return first === true ? -1n : 1n
    return left < right ? -1n : 1n
  }
  return 0n
}

const scan = { cost: traverse }
const V = 'kubernetes.Semver'

export const semverOverloads: readonly Overload[] = [
  define(`semver(string): ${V}`, (text: string) => semver(text), scan),
  define(`semver(string, bool): ${V}`, (text: string, normalize: boolean) => semver(text, normalize), scan),
  define('isSemver(string): bool', (text: string) => parse(text) !== undefined, scan),
  define(
    'isSemver(string, bool): bool',
    (text: string, normalize: boolean) => parse(text, normalize) !== undefined,
    scan,
  ),
  define(`${V}.major(): int`, ({ numbers }: SemverValue) => numbers[0] ?? 0n),
  define(`${V}.minor(): int`, ({ numbers }: SemverValue) => numbers[1] ?? 0n),
  define(`${V}.patch(): int`, ({ numbers }: SemverValue) => numbers[2] ?? 0n),
  define(`${V}.compareTo(${V}): int`, order),
  define(`${V}.isGreaterThan(${V}): bool`, (a: SemverValue, b: SemverValue) => order(a, b) > 0n),
  define(`${V}.isLessThan(${V}): bool`, (a: SemverValue, b: SemverValue) => order(a, b) < 0n),
]
