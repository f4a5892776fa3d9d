import type { Schema } from '@kairship/api'

const step = /\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\]/y

/** `.spec['a-b']` → `spec.a-b`, as errors show it; `undefined` when the schema has no such field. */
export function parseFieldPath(path: string, schema: Schema): string | undefined {
  if (path === '') return ''
  let here: Schema | undefined = schema
  let shown = ''
  let at = 0
  while (at < path.length) {
    step.lastIndex = at
    const match = step.exec(path)
    if (match === null) return undefined
    at = step.lastIndex
    const name = match[1] ?? (match[2] ?? '').replaceAll(/\\(.)/g, '$1')
    const properties: { readonly [name: string]: Schema } = here.properties ?? {}
    if (Object.hasOwn(properties, name)) {
      here = properties[name]
      shown += shown === '' ? name : `.${name}`
    } else if (typeof here.additionalProperties === 'object') {
      here = here.additionalProperties
      shown += `[${name}]`
    } else return undefined
    if (here === undefined) return undefined
  }
  return shown
}
