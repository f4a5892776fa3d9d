import type { KindRules } from '../../contracts.ts'
import { at, child } from '../../fields.ts'
import { validateIntOrPercent } from '../int-or-percent.ts'
import { validateSelector } from '../selector.ts'

export const disruptionBudgetRules: KindRules = {
  prepareForCreate: (draft) => {
    draft['status'] = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }
  },
  validate: (budget, errors) => {
    const spec = at(budget, 'spec')
    if (spec['minAvailable'] !== undefined && spec['maxUnavailable'] !== undefined) {
      errors.invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set')
    }
    for (const key of ['minAvailable', 'maxUnavailable']) validateIntOrPercent(spec[key], `spec.${key}`, errors)
    const selector = child(spec, 'selector')
    if (selector !== undefined) validateSelector(selector, 'spec.selector', errors)
    const policy = spec['unhealthyPodEvictionPolicy']
    if (policy !== undefined && policy !== 'AlwaysAllow' && policy !== 'IfHealthyBudget') {
      errors.notSupported('spec.unhealthyPodEvictionPolicy', policy, ['AlwaysAllow', 'IfHealthyBudget'])
    }
  },
}
