import { validateDns1123Label } from '@kairship/apimachinery'
import type { KindRules } from '../../contracts.ts'
import { text } from '../../fields.ts'
import { validateImmutable } from '../immutable.ts'

export const runtimeClassRules: KindRules = {
  validate: (runtimeClass, errors) => {
    const handler = text(runtimeClass, 'handler')
    for (const problem of validateDns1123Label(handler)) errors.invalid('handler', handler, problem)
  },
  validateUpdate: (runtimeClass, old, errors) => {
    validateImmutable(runtimeClass['handler'], old['handler'], 'handler', errors)
  },
}
