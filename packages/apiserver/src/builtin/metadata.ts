import {
  parseApiVersion,
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelValue,
  validateQualifiedName,
  deepEqual,
} from '@kairship/apimachinery'
import type { DeepReadonly, ObjectMeta, OwnerReference } from '@kairship/apimachinery'
import type { FieldErrors } from './field-errors.ts'

export type NameRule = (name: string) => readonly string[]
type Meta = DeepReadonly<ObjectMeta>

const maxAnnotationBytes = 256 * 1024

/** ObjectMeta on creation. The name was generated before. */
export function validateMetadata(meta: Meta, namespaced: boolean, nameRule: NameRule, errors: FieldErrors): void {
  if (!meta.name) errors.required('metadata.name', 'name or generateName is required')
  else for (const text of nameRule(meta.name)) errors.invalid('metadata.name', meta.name, text)
  if (namespaced) {
    if (!meta.namespace) errors.required('metadata.namespace')
    else
      for (const text of validateDns1123Label(meta.namespace))
        errors.invalid('metadata.namespace', meta.namespace, text)
  } else if (meta.namespace) errors.forbidden('metadata.namespace', 'not allowed on this type')
  validateCommon(meta, errors)
  validateFinalizers(meta.finalizers ?? [], errors)
}

/** ObjectMeta on update, against what is stored. */
export function validateMetadataUpdate(meta: Meta, old: Meta, errors: FieldErrors): void {
  if (old.deletionTimestamp !== undefined) {
    const known = new Set(old.finalizers)
    const added = (meta.finalizers ?? []).filter((name) => !known.has(name)).toSorted()
    if (added.length > 0) {
      const list = `[]string{${added.map((name) => JSON.stringify(name)).join(', ')}}`
      errors.forbidden(
        'metadata.finalizers',
        `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`,
      )
    }
  }
  immutable(meta, old, 'name', errors)
  immutable(meta, old, 'namespace', errors)
  immutable(meta, old, 'uid', errors)
  immutable(meta, old, 'creationTimestamp', errors)
  immutable(meta, old, 'deletionTimestamp', errors)
  immutable(meta, old, 'deletionGracePeriodSeconds', errors)
  if (meta === old) return
  validateCommon(meta, errors, old)
  if (meta.finalizers !== old.finalizers) validateFinalizers(meta.finalizers ?? [], errors)
}

function immutable(meta: Meta, old: Meta, key: keyof ObjectMeta, errors: FieldErrors): void {
  if (meta[key] !== old[key]) errors.invalid(`metadata.${key}`, meta[key] ?? null, 'field is immutable')
}

function validateCommon(meta: Meta, errors: FieldErrors, old?: Meta): void {
  if (meta.labels !== undefined && meta.labels !== old?.labels) validateLabels(meta.labels, 'metadata.labels', errors)
  if (meta.annotations !== undefined && meta.annotations !== old?.annotations) {
    validateAnnotations(meta.annotations, 'metadata.annotations', errors)
  }
  if (meta.ownerReferences !== undefined && !deepEqual(meta.ownerReferences, old?.ownerReferences)) {
    validateOwners(meta.ownerReferences, errors)
  }
}

export function validateLabels(labels: { readonly [key: string]: string }, field: string, errors: FieldErrors): void {
  for (const [key, value] of Object.entries(labels)) {
    for (const text of validateQualifiedName(key)) errors.invalid(field, key, text)
    for (const text of validateLabelValue(value)) errors.invalid(field, value, text)
  }
}

export function validateAnnotations(
  annotations: { readonly [key: string]: string },
  field: string,
  errors: FieldErrors,
): void {
  let size = 0
  for (const [key, value] of Object.entries(annotations)) {
    for (const text of validateQualifiedName(key.toLowerCase())) errors.invalid(field, key, text)
    size += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (size > maxAnnotationBytes) errors.tooLong(field, maxAnnotationBytes)
}

function validateFinalizers(finalizers: readonly string[], errors: FieldErrors): void {
  for (const name of finalizers) {
    for (const text of validateQualifiedName(name)) errors.invalid('metadata.finalizers', name, text)
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.invalid('metadata.finalizers', finalizers, 'finalizer orphan and foregroundDeletion cannot be both set')
  }
}

function validateOwners(owners: readonly DeepReadonly<OwnerReference>[], errors: FieldErrors): void {
  const field = 'metadata.ownerReferences'
  let controller = ''
  for (const owner of owners) {
    if (parseApiVersion(owner.apiVersion ?? '').version === '') {
      errors.invalid(`${field}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty')
    }
    for (const key of ['kind', 'name', 'uid'] as const) {
      if (!owner[key]) errors.invalid(`${field}.${key}`, owner[key] ?? '', 'must not be empty')
    }
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
      errors.invalid(field, owner, '/v1, Kind=Event is disallowed from being an owner')
    }
    if (owner.controller !== true) continue
    const name = `${owner.kind}/${owner.name}`
    if (controller === '') controller = name
    else {
      errors.invalid(
        field,
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
      )
    }
  }
}

export const subdomainName: NameRule = validateDns1123Subdomain
