import type { KindRules } from '../../contracts.ts'
import { integer } from '../../fields.ts'
import { validateImmutable } from '../immutable.ts'

/** What a StatefulSet or DaemonSet looked like at a revision: written once. */
export const controllerRevisionRules: KindRules = {
  validate: (revision, errors) => {
    if (revision['data'] === undefined || revision['data'] === null) errors.required('data', 'data is mandatory')
    const number = integer(revision, 'revision') ?? 0
    if (number < 0) errors.invalid('revision', number, 'must be greater than or equal to 0')
  },
  validateUpdate: (revision, old, errors) => validateImmutable(revision['data'], old['data'], 'data', errors),
}
