import { deepEqual, formatTime } from '@kairship/apimachinery'
import type { Condition, Unstructured } from '@kairship/apimachinery'
import { at, draftOf, items, strings, text } from '../builtin/fields.ts'
import type { Fields } from '../builtin/fields.ts'
import type { Crd } from './definition.ts'
import type { SettledNames } from './naming.ts'

/** The CRD with the status it should have; `undefined` when it has it. */
export function withStatus(crd: Crd, { accepted, conflict }: SettledNames, now: number): Unstructured | undefined {
  const draft = draftOf(crd)
  const spec = at(draft, 'spec')
  const old = at(crd, 'status')
  const time = formatTime(now)
  let conditions = items(at(draft, 'status'), 'conditions')
  if (conflict === undefined) {
    conditions = withCondition(conditions, 'NamesAccepted', 'True', 'NoConflicts', 'no conflicts found', time)
    conditions = withCondition(
      conditions,
      'Established',
      'True',
      'InitialNamesAccepted',
      'the initial names have been accepted',
      time,
    )
  } else {
    conditions = withCondition(conditions, 'NamesAccepted', 'False', conflict.reason, conflict.message, time)
    if (!conditions.some((condition) => condition['type'] === 'Established')) {
      const message = 'not all names are accepted'
      conditions = withCondition(conditions, 'Established', 'False', 'NotAccepted', message, time)
    }
  }
  const storage = items(spec, 'versions').find((version) => version['storage'] === true)
  const storedVersions = [...strings(old, 'storedVersions')]
  if (storage !== undefined && !storedVersions.includes(text(storage, 'name'))) {
    storedVersions.push(text(storage, 'name'))
  }
  const status = { conditions, acceptedNames: accepted, storedVersions }
  if (deepEqual(status, crd['status'])) return undefined
  return { ...draft, status }
}

/** Sets a condition; its time moves only with its status. */
export function withCondition(
  conditions: readonly Fields[],
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
  time: string,
): Fields[] {
  const known = conditions.find((condition) => condition['type'] === type)
  const lastTransitionTime = known !== undefined && known['status'] === status ? known['lastTransitionTime'] : time
  const made: Fields = { lastTransitionTime, message, reason, status, type }
  return known === undefined
    ? [...conditions, made]
    : conditions.map((condition) => (condition === known ? made : condition))
}
