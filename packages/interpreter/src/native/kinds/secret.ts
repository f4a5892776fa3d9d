import { withPath } from '@kairship/apimachinery'
import { at } from '../../fields.ts'
import type { NativeRules } from '../rules.ts'

export const secret: NativeRules = {
  /** The token of a service account is the member's own. */
  retain: ({ desired, observed }) =>
    desired['type'] === 'kubernetes.io/service-account-token'
      ? withPath(desired, ['data'], at(observed, 'data'))
      : desired,
}
