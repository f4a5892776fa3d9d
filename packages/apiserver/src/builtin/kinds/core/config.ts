import { deepEqual, validateConfigKey } from '@kairship/apimachinery'
import type { KindRules, ObjectView } from '../../contracts.ts'
import type { FieldErrors } from '../../field-errors.ts'
import { requestToken } from '../access/token-request.ts'
import { at, child, flag, setDefault, setMissing, stringMap, text } from '../../fields.ts'

const maxDataBytes = 1024 * 1024

function validateKeys(object: ObjectView, key: string, errors: FieldErrors): void {
  for (const name of Object.keys(at(object, key))) {
    for (const problem of validateConfigKey(name)) errors.invalid(`${key}[${name}]`, name, problem)
  }
}

/** `immutable: true` holds for the data, and for itself. */
function validateImmutable(object: ObjectView, old: ObjectView, fields: readonly string[], errors: FieldErrors): void {
  if (!flag(old, 'immutable')) return
  if (!flag(object, 'immutable')) errors.forbidden('immutable', 'field is immutable when `immutable` is set')
  for (const field of fields) {
    if (!deepEqual(object[field], old[field])) {
      errors.forbidden(field, 'field is immutable when `immutable` is set')
    }
  }
}

export const configMapRules: KindRules = {
  validate: (map, errors) => {
    validateKeys(map, 'data', errors)
    validateKeys(map, 'binaryData', errors)
    let size = 0
    for (const [key, value] of Object.entries(stringMap(map, 'data'))) {
      size += Buffer.byteLength(value)
      if (at(map, 'binaryData')[key] === undefined) continue
      errors.invalid(`data[${key}]`, key, `duplicate of key present in binaryData`)
    }
    for (const value of Object.values(stringMap(map, 'binaryData'))) size += Math.floor((value.length * 3) / 4)
    if (size > maxDataBytes) errors.tooLong('[]', maxDataBytes)
  },
  validateUpdate: (map, old, errors) => validateImmutable(map, old, ['data', 'binaryData'], errors),
}

/** Keys that a Secret of this type must have. */
const requiredKeys: { readonly [type: string]: readonly string[] | undefined } = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
}
const accountAnnotation = 'kubernetes.io/service-account.name'

export const secretRules: KindRules = {
  defaults: (draft) => {
    setDefault(draft, 'type', 'Opaque')
    const plain = child(draft, 'stringData')
    if (plain === undefined) return
    const data = { ...stringMap(draft, 'data') }
    for (const [key, value] of Object.entries(stringMap(draft, 'stringData'))) {
      data[key] = Buffer.from(value).toString('base64')
    }
    draft['data'] = data
    delete draft['stringData']
  },
  prepareForUpdate: (draft, old) => {
    // Clients may leave out the type of a Secret of another type.
    if (draft['type'] === 'Opaque' && text(old, 'type') !== '') return
    setMissing(draft, 'type', text(old, 'type'))
  },
  validate: (secret, errors) => {
    validateKeys(secret, 'data', errors)
    const data = stringMap(secret, 'data')
    let size = 0
    for (const value of Object.values(data)) size += Math.floor((value.length * 3) / 4)
    if (size > maxDataBytes) errors.tooLong('data', maxDataBytes)
    const type = text(secret, 'type')
    for (const key of requiredKeys[type] ?? []) if (data[key] === undefined) errors.required(`data[${key}]`)
    if (type === 'kubernetes.io/service-account-token' && !secret.metadata.annotations?.[accountAnnotation]) {
      errors.required(`metadata.annotations[${accountAnnotation}]`)
    }
    const isBasic = type === 'kubernetes.io/basic-auth'
    if (isBasic && data['username'] === undefined && data['password'] === undefined) {
      errors.required('data[username]')
      errors.required('data[password]')
    }
    validateDockerConfig(type, data, errors)
  },
  validateUpdate: (secret, old, errors) => {
    if (secret['type'] !== old['type']) errors.invalid('type', secret['type'], 'field is immutable')
    validateImmutable(secret, old, ['data'], errors)
  },
}

function validateDockerConfig(type: string, data: { readonly [key: string]: string }, errors: FieldErrors): void {
  const key = type === 'kubernetes.io/dockercfg' ? '.dockercfg' : '.dockerconfigjson'
  const value = data[key]
  if (requiredKeys[type]?.includes(key) !== true || value === undefined) return
  try {
    JSON.parse(Buffer.from(value, 'base64').toString())
  } catch (error) {
    errors.invalid(`data[${key}]`, '<secret contents redacted>', error instanceof Error ? 'invalid character' : '')
  }
}

export const serviceAccountRules: KindRules = {
  deleteReturnsObject: true,
  subresource: (context, plane) => {
    const { verb, subresource } = context.operation
    return verb === 'create' && subresource === 'token' ? requestToken(context, plane) : undefined
  },
}
