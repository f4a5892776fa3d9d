import type { FieldErrors } from '../../field-errors.ts'
import { child, integer, type ReadonlyFields, text } from '../../fields.ts'

/** Where a webhook is: a URL or a Service. */
export function validateClient(client: ReadonlyFields, path: string, errors: FieldErrors): void {
  const service = child(client, 'service')
  const url = client['url']
  if ((url === undefined) === (service === undefined)) {
    errors.required(path, 'exactly one of url or service is required')
  } else if (service !== undefined) validateService(service, `${path}.service`, errors)
  else validateUrl(text(client, 'url'), `${path}.url`, errors)
}

function validateService(service: ReadonlyFields, path: string, errors: FieldErrors): void {
  for (const key of ['name', 'namespace']) {
    if (text(service, key) === '') errors.required(`${path}.${key}`, `service ${key} is required`)
  }
  const port = integer(service, 'port') ?? 443
  if (port < 1 || port > 65535) {
    errors.invalid(`${path}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive')
  }
  const route = text(service, 'path')
  if (route !== '' && !route.startsWith('/')) errors.invalid(`${path}.path`, route, "must start with a '/'")
}

const form = '; desired format: https://host[/path]'

function validateUrl(value: string, field: string, errors: FieldErrors): void {
  if (!URL.canParse(value)) {
    // Without a scheme the URL cannot be read at all; that is what people forget.
    if (/^[a-z][a-z0-9+.-]*:/i.test(value)) errors.required(field, `url must be a valid URL: ${value}${form}`)
    else {
      errors.invalid(field, '', `'https' is the only allowed URL scheme${form}`)
      errors.invalid(field, '', `host must be specified${form}`)
    }
    return
  }
  const url = new URL(value)
  const scheme = url.protocol.slice(0, -1)
  if (scheme !== 'https') errors.invalid(field, scheme, `'https' is the only allowed URL scheme${form}`)
  if (url.host === '') errors.invalid(field, '', `host must be specified${form}`)
  if (url.username !== '') errors.invalid(field, url.username, 'user information is not permitted in the URL')
  if (url.hash !== '') errors.invalid(field, url.hash.slice(1), 'fragments are not permitted in the URL')
  if (url.search !== '') errors.invalid(field, url.search.slice(1), 'query parameters are not permitted in the URL')
}
