import { errors, type OperationQuery, parseDuration, type StatusCause } from '@kairship/apimachinery'
import { invalidOptions } from '../registry/list-options.ts'

export interface ParsedQuery {
  readonly operation: OperationQuery
  readonly watch: boolean
  readonly timeoutMs: number
  readonly pretty: boolean | undefined
  /** DeleteOptions given as parameters. */
  readonly deleteOptions: { readonly [key: string]: string | number | boolean }
  readonly includeObject: 'None' | 'Metadata' | 'Object'
}

const maxTimeoutMs = 60_000
const maxManagerBytes = 128

export function parseQuery(params: URLSearchParams, optionsKind: string | undefined): ParsedQuery {
  const text = (name: string): string | undefined => params.get(name) ?? undefined
  if (optionsKind !== undefined) checkWriteOptions(params, optionsKind)
  const fieldValidation = text('fieldValidation')
  const force = boolean(params, 'force')
  const sendInitialEvents = boolean(params, 'sendInitialEvents')
  return {
    operation: omitUndefined({
      labelSelector: text('labelSelector'),
      fieldSelector: text('fieldSelector'),
      limit: integer(params, 'limit'),
      continue: text('continue'),
      resourceVersion: text('resourceVersion'),
      resourceVersionMatch: text('resourceVersionMatch'),
      allowWatchBookmarks: boolean(params, 'allowWatchBookmarks'),
      sendInitialEvents,
      timeoutSeconds: integer(params, 'timeoutSeconds'),
      dryRun: params.getAll('dryRun').some((value) => value === 'All') ? true : undefined,
      fieldManager: text('fieldManager'),
      fieldValidation:
        fieldValidation === 'Strict' || fieldValidation === 'Warn' || fieldValidation === 'Ignore'
          ? fieldValidation
          : undefined,
      force,
    }),
    watch: boolean(params, 'watch') === true,
    timeoutMs: timeout(params.get('timeout')),
    pretty: params.has('pretty') ? boolean(params, 'pretty') !== false : undefined,
    deleteOptions: omitUndefined({
      gracePeriodSeconds: integer(params, 'gracePeriodSeconds'),
      propagationPolicy: text('propagationPolicy'),
      orphanDependents: boolean(params, 'orphanDependents'),
    }),
    includeObject: includeObject(params.get('includeObject')),
  }
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }
function omitUndefined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Partial<Defined<T>>
}

/** Go's ParseBool, except that a parameter without a value is on. */
function boolean(params: URLSearchParams, name: string): boolean | undefined {
  const value = params.get(name)
  if (value === null) return undefined
  return !['0', 'f', 'F', 'false', 'False', 'FALSE'].includes(value)
}

function integer(params: URLSearchParams, name: string): number | undefined {
  const value = params.get(name)
  if (value === null || value === '') return undefined
  if (!/^[+-]?\d+$/.test(value)) {
    throw errors.badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
  }
  return Number(value)
}

function timeout(value: string | null): number {
  if (value === null || value === '') return maxTimeoutMs
  const prefix = 'invalid timeout specified in the request URL'
  let ms: number
  try {
    ms = parseDuration(value)
  } catch {
    throw errors.badRequest(`${prefix} - time: invalid duration ${JSON.stringify(value)}`)
  }
  return ms <= 0 ? maxTimeoutMs : Math.min(ms, maxTimeoutMs)
}

function includeObject(value: string | null): 'None' | 'Metadata' | 'Object' {
  if (value === null || value === '') return 'Metadata'
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value
  throw errors.badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`)
}

function checkWriteOptions(params: URLSearchParams, kind: string): void {
  const causes: StatusCause[] = []
  const dryRun = params.getAll('dryRun').filter((value) => value !== '')
  if (dryRun.some((value) => value !== 'All')) {
    const message = `Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"`
    causes.push({ reason: 'FieldValueNotSupported', message, field: 'dryRun' })
  }
  const manager = params.get('fieldManager') ?? ''
  if (Buffer.byteLength(manager) > maxManagerBytes) {
    const message = `Too long: may not be more than ${maxManagerBytes} bytes`
    causes.push({ reason: 'FieldValueTooLong', message, field: 'fieldManager' })
  }
  let position = 0
  for (const character of manager) {
    if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
      const message = `Invalid value: ${JSON.stringify(manager)}: invalid character U+${code} (at position ${position})`
      causes.push({ reason: 'FieldValueInvalid', message, field: 'fieldManager' })
    }
    position += Buffer.byteLength(character)
  }
  const validation = params.get('fieldValidation') ?? ''
  if (!['', 'Ignore', 'Strict', 'Warn'].includes(validation)) {
    const value = JSON.stringify(validation)
    const message = `Unsupported value: ${value}: supported values: "", "Ignore", "Strict", "Warn"`
    causes.push({ reason: 'FieldValueNotSupported', message, field: 'fieldValidation' })
  }
  if (causes.length > 0) throw invalidOptions(kind, causes)
}
