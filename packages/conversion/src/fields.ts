/** A JSON object whose members are not known to the compiler. */
export type Fields = { [key: string]: unknown }

/** The value as an object, `undefined` when it is none. */
export function parseFields(value: unknown): Fields | undefined {
  return isFields(value) ? value : undefined
}
function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The objects of a list; `undefined` when it is no list or holds anything else. */
export function parseFieldsList(value: unknown): Fields[] | undefined {
  return Array.isArray(value) && value.every(isFields) ? value : undefined
}

/** Text written by somebody else, as JSON; `undefined` when it is not. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
