declare global {
  interface JSON {
    rawJSON(text: string): RawJson
    isRawJSON(value: unknown): value is RawJson
  }
}

/** An integer that a JavaScript number cannot hold exactly; `JSON.stringify` prints it digit by digit. Always frozen. */
export type RawJson = { readonly rawJSON: string }

/** True for a value made by `rawInteger` or found by `parseJson` outside ±2^53. */
export function isRawJson(value: unknown): value is RawJson {
  return typeof value === 'object' && value !== null && JSON.isRawJSON(value)
}

const MIN_INT64 = -(2n ** 63n)
const MAX_INT64 = 2n ** 63n - 1n

/** The JSON value of an integer literal as Kubernetes reads it: exact within int64, a float beyond. */
export function integerFromText(text: string): number | RawJson {
  const number = Number(text)
  if (Number.isSafeInteger(number)) return number
  const exact = BigInt(text)
  return exact >= MIN_INT64 && exact <= MAX_INT64 ? JSON.rawJSON(exact.toString()) : number
}

/** A number, or an exact raw value where a number would lose digits. */
export function fromBigInt(value: bigint): number | RawJson {
  return integerFromText(value.toString())
}

/** The integer held by a JSON value, or undefined when it is no integer. */
export function toBigInt(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined
  return isRawJson(value) ? BigInt(value.rawJSON) : undefined
}
