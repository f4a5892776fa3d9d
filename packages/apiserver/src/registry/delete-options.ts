import { errors, failure, type Operation } from '@kairship/apimachinery'
import { invalidOptions } from './list-options.ts'

export type Propagation = 'Background' | 'Foreground' | 'Orphan'

/** metav1.DeleteOptions, checked. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number
  readonly propagation?: Propagation
  /** The caller used the deprecated `orphanDependents`. */
  readonly orphanDependents?: boolean
  readonly uid?: string
  readonly resourceVersion?: string
  readonly dryRun: boolean
}

const policies: readonly string[] = ['Background', 'Foreground', 'Orphan']

export function parseDeleteOptions(operation: Operation): DeleteOptions {
  const body = members(operation.body)
  const { kind = '', gracePeriodSeconds, propagationPolicy, orphanDependents } = body
  if (kind !== '' && kind !== 'DeleteOptions') {
    throw failure(500, '', 'decoded object cannot be converted to DeleteOptions')
  }
  const preconditions = members(body['preconditions'])
  const dryRun = operation.query?.dryRun === true || isDryRun(body['dryRun'])
  if (gracePeriodSeconds !== undefined && gracePeriodSeconds !== null && !Number.isInteger(gracePeriodSeconds)) {
    throw errors.badRequest('gracePeriodSeconds must be an integer')
  }
  if (propagationPolicy !== undefined && propagationPolicy !== null) {
    if (typeof orphanDependents === 'boolean') {
      const message = 'Invalid value: orphanDependents and deletionPropagation cannot be both set'
      throw invalidOptions('DeleteOptions', [{ reason: 'FieldValueInvalid', message, field: 'propagationPolicy' }])
    }
    if (typeof propagationPolicy !== 'string' || !policies.includes(propagationPolicy)) {
      const value = JSON.stringify(propagationPolicy)
      const message = `Unsupported value: ${value}: supported values: "Foreground", "Background", "Orphan", "nil"`
      throw invalidOptions('DeleteOptions', [{ reason: 'FieldValueNotSupported', message, field: 'propagationPolicy' }])
    }
  }
  const propagation = policyOf(propagationPolicy, orphanDependents)
  const { uid, resourceVersion } = preconditions
  return {
    dryRun,
    // Negative means: as soon as possible.
    ...(typeof gracePeriodSeconds === 'number' ? { gracePeriodSeconds: Math.max(gracePeriodSeconds, 0) } : {}),
    ...(propagation === undefined ? {} : { propagation }),
    ...(typeof orphanDependents === 'boolean' ? { orphanDependents } : {}),
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
  }
}

function policyOf(policy: unknown, orphan: unknown): Propagation | undefined {
  if (policy === 'Background' || policy === 'Foreground' || policy === 'Orphan') return policy
  if (typeof orphan === 'boolean') return orphan ? 'Orphan' : 'Background'
  return undefined
}

function isDryRun(value: unknown): boolean {
  if (value === undefined || value === null) return false
  if (Array.isArray(value) && value.every((item) => item === 'All')) return value.length > 0
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: "All"`
  throw invalidOptions('DeleteOptions', [{ reason: 'FieldValueNotSupported', message, field: 'dryRun' }])
}

function members(value: unknown): { readonly [key: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  return value as { readonly [key: string]: unknown }
}
