import { errors, isPlainObject, type Operation } from '@kairship/apimachinery'

/** Refuses a body that says it is of another kind. `group` is that of the expected kind. */
export function checkKind(body: unknown, expected: string, group: string): void {
  if (!isPlainObject(body)) return
  const { apiVersion, kind } = body
  if (typeof kind !== 'string' || kind === '' || kind === expected) return
  const given = typeof apiVersion === 'string' ? apiVersion : ''
  const version = given.slice(given.lastIndexOf('/') + 1)
  const internal = group === '' ? 'core' : (group.split('.')[0] ?? group)
  throw errors.badRequest(
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected}: ` +
      `converting (${version}.${kind}) to (${internal}.${expected}): unknown conversion`,
  )
}

/** Who is said to own the fields of a write: `fieldManager`, or the client program's name. */
export function fieldManager({ query, userAgent = '' }: Operation): string {
  const { fieldManager: given = '' } = query ?? {}
  if (given !== '') return given
  const program = userAgent.split('/')[0] ?? ''
  const printable = program.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 128)
  return printable === '' ? 'unknown' : printable
}
