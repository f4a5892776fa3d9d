import { errors } from '@kairship/apimachinery'
import type { ApiError } from '@kairship/apimachinery'

/** Where a decoder stands in the body, for the texts of errors. */
export class Walk {
  /** Field names and list indices from the root. */
  readonly path: (string | number)[] = []
  /** The innermost Go struct, which type errors name. */
  struct = ''
  readonly unknown: string[] = []

  /** `spec.containers[0].foo` */
  at(field: string): string {
    return joinPath([...this.path, field])
  }

  mismatch(value: unknown, goType: string): never {
    const names = this.path.filter((part) => typeof part === 'string').join('.')
    const target = this.struct === '' || names === '' ? 'Go value' : `Go struct field ${this.struct}.${names}`
    throw new DecodeFailure(`json: cannot unmarshal ${jsonKind(value, goType)} into ${target} of type ${goType}`)
  }
}

/** A body that cannot become the type; the message is upstream's, without the kind in front. */
export class DecodeFailure extends Error {
  override readonly name = 'DecodeFailure'
}

export function joinPath(path: readonly (string | number)[]): string {
  let out = ''
  for (const part of path) {
    if (typeof part === 'number') out += `[${part}]`
    else out += out === '' ? part : `.${part}`
  }
  return out
}

function jsonKind(value: unknown, goType: string): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return /^u?int|^float/.test(goType) ? `number ${value}` : 'number'
  if (typeof value === 'string') return 'string'
  return 'object'
}

/** 400 `Pod in version "v1" cannot be handled as a ConfigMap: …` */
export function cannotHandle(bodyKind: string, version: string, kind: string, reason: string): ApiError {
  return errors.badRequest(
    `${bodyKind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${reason}`,
  )
}

const maxReported = 100

/**
 * What to tell about unknown and duplicate fields: warnings, or a 400 under Strict. The texts come in document order,
 * found by walking the body's keys.
 */
export function strictReport(
  unknown: readonly string[],
  duplicates: readonly string[],
  body: unknown,
): readonly string[] {
  const texts = unknown.map((path) => ({ path, text: `unknown field "${path}"` }))
  if (duplicates.length > 0) {
    for (const path of duplicates) texts.push({ path, text: `duplicate field "${path}"` })
    const order = documentOrder(body, new Set(texts.map((entry) => entry.path)))
    texts.sort((left, right) => (order.get(left.path) ?? Infinity) - (order.get(right.path) ?? Infinity))
  }
  return texts.slice(0, maxReported).map((entry) => entry.text)
}

function documentOrder(body: unknown, wanted: ReadonlySet<string>): Map<string, number> {
  const order = new Map<string, number>()
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value)) value.forEach((item, index) => visit(item, `${path}[${index}]`))
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        const here = path === '' ? key : `${path}.${key}`
        if (wanted.has(here) && !order.has(here)) order.set(here, order.size)
        visit(item, here)
      }
    }
  }
  visit(body, '')
  return order
}
