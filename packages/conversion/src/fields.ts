/** A JSON object whose members are only known at run time. */
export type Fields = { [key: string]: unknown }
export type ReadonlyFields = { readonly [key: string]: unknown }

export function parseFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}
export function objects(value: unknown): readonly Fields[] {
  if (!Array.isArray(value)) return []
  return value.map(parseFields).filter((item) => item !== undefined)
}
/** Without members that are `undefined`. */
export function defined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
/** Renames members; the others stay. */
export function renamed(fields: ReadonlyFields, names: { readonly [old: string]: string | undefined }): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [names[key] ?? key, value]))
}
