import { failure } from '@kairship/apimachinery'
import type { ApiError, StatusCause } from '@kairship/apimachinery'
import type { FieldError } from '../strategy.ts'

const titles = {
  NotFound: 'Not found',
  Required: 'Required value',
  Duplicate: 'Duplicate value',
  Invalid: 'Invalid value',
  NotSupported: 'Unsupported value',
  Forbidden: 'Forbidden',
  TooLong: 'Too long',
  TooMany: 'Too many',
  TypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
} as const

const withoutValue: ReadonlySet<FieldError['type']> = new Set(['Required', 'Forbidden', 'TooLong', 'InternalError'])

/** `Invalid value: "x": must be …`: what stands after the field in an error's text. */
export function fieldErrorBody(error: FieldError): string {
  let body: string = titles[error.type]
  if (!withoutValue.has(error.type) && error.omitValue !== true) body += `: ${renderValue(error.value)}`
  return error.detail === '' ? body : `${body}: ${error.detail}`
}

/** One error as clients see it in the message: `metadata.name: Required value: name or generateName is required`. */
export function fieldErrorText(error: FieldError): string {
  return `${error.field === '' ? '<nil>' : error.field}: ${fieldErrorBody(error)}`
}

function renderValue(value: unknown): string {
  return value === undefined ? 'null' : (JSON.stringify(value) ?? 'null')
}

/** 422 `Kind.group "name" is invalid: …` with one cause per error. */
export function invalidObject(group: string, kind: string, name: string, list: readonly FieldError[]): ApiError {
  const causes: StatusCause[] = list.map((error) => ({
    reason: error.type === 'InternalError' ? 'InternalError' : `FieldValue${error.type}`,
    message: fieldErrorBody(error),
    field: error.field === '' ? '<nil>' : error.field,
  }))
  const texts = [...new Set(list.map(fieldErrorText))]
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  const qualifiedKind = group === '' ? kind : `${kind}.${group}`
  return failure(422, 'Invalid', `${qualifiedKind} ${JSON.stringify(name)} is invalid: ${text}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind,
    causes,
  })
}
