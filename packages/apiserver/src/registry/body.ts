import { errors, isPlainObject, type Operation } from '@kairship/apimachinery'
import { formatApiVersion } from '@kairship/apimachinery'
import type { ResourceDefinition } from '@kairship/api'

/** Refuses a body that says it is something else than what the URL is about. */
export function checkKind(definition: ResourceDefinition, body: unknown): void {
  if (!isPlainObject(body)) return
  const { apiVersion, kind } = body
  const expected = formatApiVersion(definition.group, definition.version)
  if (typeof kind === 'string' && kind !== '' && kind !== definition.kind) {
    const version = typeof apiVersion === 'string' ? apiVersion : ''
    throw errors.badRequest(
      `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${definition.kind}: ` +
        `converting (${kind}) to (${definition.kind}): unknown conversion`,
    )
  }
  if (typeof apiVersion === 'string' && apiVersion !== '' && apiVersion !== expected) {
    throw errors.badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    )
  }
}

/** Who is said to own the fields of a write: `fieldManager`, or the client program's name. */
export function fieldManager({ query, userAgent = '' }: Operation): string {
  const { fieldManager: given = '' } = query ?? {}
  if (given !== '') return given
  const program = userAgent.split('/')[0] ?? ''
  const printable = program.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 128)
  return printable === '' ? 'unknown' : printable
}
