import { errors, failure, type OperationQuery, type StatusCause } from '@kairship/apimachinery'

/** How fresh and how exact a list must be. */
export type ListMode =
  | { readonly type: 'latest' }
  | { readonly type: 'notOlderThan'; readonly revision: number }
  | { readonly type: 'exact'; readonly revision: number }

export function listMode(query: OperationQuery): ListMode {
  const { resourceVersion = '', resourceVersionMatch = '', continue: token = '' } = query
  checkOptions(query, false)
  if (token !== '' && resourceVersion !== '' && resourceVersion !== '0') {
    throw errors.badRequest('specifying resource version is not allowed when using continue')
  }
  if (resourceVersion === '' || resourceVersion === '0') return { type: 'latest' }
  const revision = parseRevision(resourceVersion)
  return { type: resourceVersionMatch === 'Exact' ? 'exact' : 'notOlderThan', revision }
}

/** Where a watch begins: `undefined` = with the present state. */
export function watchStart(query: OperationQuery): { after: number | undefined; initial: boolean; atLeast: number } {
  const { resourceVersion = '', sendInitialEvents } = query
  checkOptions(query, true)
  const revision = resourceVersion === '' || resourceVersion === '0' ? 0 : parseWatchRevision(resourceVersion)
  if (sendInitialEvents === true) return { after: undefined, initial: true, atLeast: revision }
  if (sendInitialEvents === false && revision === 0)
    return { after: Number.MAX_SAFE_INTEGER, initial: false, atLeast: 0 }
  return { after: revision === 0 ? undefined : revision, initial: false, atLeast: 0 }
}

export function parseRevision(text: string): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  throw errors.badRequest(`invalid resource version: ${unparsable(text)}`)
}

function parseWatchRevision(text: string): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  throw failure(500, '', unparsable(text))
}

function unparsable(text: string): string {
  const quoted = JSON.stringify(text)
  return `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`
}

function checkOptions(query: OperationQuery, watch: boolean): void {
  const { resourceVersion = '', resourceVersionMatch = '', sendInitialEvents, continue: token = '' } = query
  const causes: StatusCause[] = []
  const forbid = (field: string, text: string): void => {
    causes.push({ reason: 'FieldValueForbidden', message: `Forbidden: ${text}`, field })
  }
  if (sendInitialEvents !== undefined) {
    if (!watch) forbid('sendInitialEvents', 'sendInitialEvents is forbidden for list')
    else if (resourceVersionMatch !== 'NotOlderThan') {
      forbid('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')
    }
    if (watch && token !== '') forbid('continue', 'continue is forbidden for watch')
  } else if (resourceVersionMatch !== '') {
    if (watch) {
      forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')
    } else if (token !== '')
      forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided')
    else if (resourceVersion === '') {
      forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided')
    } else if (resourceVersionMatch !== 'Exact' && resourceVersionMatch !== 'NotOlderThan') {
      causes.push({
        reason: 'FieldValueNotSupported',
        message: `Unsupported value: ${JSON.stringify(resourceVersionMatch)}: supported values: "Exact", "NotOlderThan", ""`,
        field: 'resourceVersionMatch',
      })
    } else if (resourceVersionMatch === 'Exact' && resourceVersion === '0') {
      forbid('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
    }
  }
  if (causes.length > 0) throw invalidOptions('ListOptions', causes)
}

/** 422 about query options: `ListOptions.meta.k8s.io "" is invalid: …`. */
export function invalidOptions(kind: string, causes: StatusCause[]): Error {
  const texts = causes.map(({ field, message }) => `${field}: ${message}`)
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  const details = { group: 'meta.k8s.io', kind, causes }
  return failure(422, 'Invalid', `${kind}.meta.k8s.io "" is invalid: ${text}`, details)
}

export function tooLarge(revision: number, current: number): Error {
  const message = `Too large resource version: ${revision}, current: ${current}`
  return failure(504, 'Timeout', `Timeout: ${message}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}
