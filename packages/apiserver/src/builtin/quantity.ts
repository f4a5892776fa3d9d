const simple = /^[1-9]\d{0,2}(?:m|Ki|Mi|Gi|Ti)?$/
const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE])([+-]?\d+)|(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E))?$/
const decimalExponents: { readonly [suffix: string]: number } = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const decimalSuffixes: { readonly [exponent: string]: string } = {
  '-9': 'n',
  '-6': 'u',
  '-3': 'm',
  '0': '',
  '3': 'k',
  '6': 'M',
  '9': 'G',
  '12': 'T',
  '15': 'P',
  '18': 'E',
}
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const nano = 1_000_000_000n

/** The form Kubernetes writes a quantity in (`1000m` → `1`, `1024Mi` → `1Gi`); `undefined` when it is none. */
export function canonicalQuantity(text: string): string | undefined {
  if (simple.test(text)) return text
  const parsed = parseQuantity(text)
  if (parsed === undefined) return undefined
  const { nanos, form } = parsed
  if (nanos === 0n) return '0'
  const sign = nanos < 0n ? '-' : ''
  const magnitude = nanos < 0n ? -nanos : nanos
  if (form === 'binary' && magnitude >= 1024n * nano && magnitude % nano === 0n) {
    let value = magnitude / nano
    let step = 0
    while (value % 1024n === 0n && step < binarySuffixes.length - 1) {
      value /= 1024n
      step += 1
    }
    return `${sign}${value}${binarySuffixes[step] ?? ''}`
  }
  let value = magnitude
  let exponent = -9
  while (value % 1000n === 0n && exponent < 18) {
    value /= 1000n
    exponent += 3
  }
  if (form === 'exponent') return exponent === 0 ? `${sign}${value}` : `${sign}${value}e${exponent}`
  return `${sign}${value}${decimalSuffixes[String(exponent)] ?? ''}`
}

/** Nano-units, for comparing; `undefined` when the text is no quantity. Parts below a nano round up. */
export function quantityNanos(text: string): bigint | undefined {
  return parseQuantity(text)?.nanos
}

function parseQuantity(
  text: string,
): { readonly nanos: bigint; readonly form: 'decimal' | 'binary' | 'exponent' } | undefined {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponentMark, exponentDigits = '0', suffix = ''] = match
  if (whole === '' && fraction === '') return undefined
  const binaryStep = binarySuffixes.indexOf(suffix)
  const binary = binaryStep > 0
  const exponent = exponentMark === undefined ? (binary ? 0 : (decimalExponents[suffix] ?? 0)) : Number(exponentDigits)
  if (exponent > 40 || exponent < -40) return undefined
  let numerator = BigInt(whole + fraction) * nano * (binary ? 1024n ** BigInt(binaryStep) : 1n)
  const power = exponent - fraction.length
  let nanos: bigint
  if (power >= 0) nanos = numerator * 10n ** BigInt(power)
  else {
    const divisor = 10n ** BigInt(-power)
    numerator += divisor - 1n
    nanos = numerator / divisor
  }
  return {
    nanos: sign === '-' ? -nanos : nanos,
    form: exponentMark !== undefined ? 'exponent' : binary ? 'binary' : 'decimal',
  }
}
