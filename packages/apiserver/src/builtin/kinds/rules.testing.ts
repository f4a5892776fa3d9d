import { deepClone, deepEqual, deepFreeze, type Operation, type Unstructured } from '@kairship/apimachinery'
import { silentLogger } from '@kairship/runtime'
import type { RequestContext } from '../../strategy.ts'
import type { KindRules } from '../contracts.ts'
import { FieldErrors } from '../field-errors.ts'
import { fieldErrorText } from '../invalid.ts'
import { kindRules } from './index.ts'

/** The rules of one kind as a test calls them: objects in, the texts that clients see out. */
export interface RulesUnderTest {
  readonly defaulted: (object: object) => Unstructured
  /** What creation says, after defaults. Context and plane are not needed by the rules tested this way. */
  readonly refused: (object: object) => readonly string[]
  /** What an update says. */
  readonly changed: (old: object, now: object) => readonly string[]
}

export function rulesOf(group: string, kind: string, version = 'v1'): RulesUnderTest {
  const rules: KindRules = kindRules(group, version, kind) ?? {}
  const defaulted = (object: object): Unstructured => {
    const draft = parseObject(deepClone({ metadata: {}, ...object }))
    rules.defaults?.(draft)
    // Parts that a write did not touch are shared with what is stored: nothing may be written into them again.
    const again: Unstructured = { ...deepFreeze(deepClone(draft)) }
    rules.defaults?.(again)
    if (!deepEqual(again, draft)) throw new Error('defaults are not the same the second time')
    return draft
  }
  const context = (verb: Operation['verb']): RequestContext => ({
    user: { username: 'test', groups: [] },
    operation: { verb, group, version, resource: 'tests' },
    now: 0,
    log: silentLogger(),
  })
  return {
    defaulted,
    refused: (object) => {
      const errors = new FieldErrors()
      const draft = deepFreeze(defaulted(object))
      const { name = '' } = draft.metadata
      for (const problem of rules.name?.(name) ?? []) errors.invalid('metadata.name', name, problem)
      rules.validate?.(draft, errors, context('create'))
      rules.validateCreate?.(draft, errors, context('create'))
      return errors.list.map(fieldErrorText)
    },
    changed: (old, now) => {
      const errors = new FieldErrors()
      const draft = deepFreeze(defaulted(now))
      rules.validate?.(draft, errors, context('update'))
      rules.validateUpdate?.(draft, deepFreeze(defaulted(old)), errors, context('update'))
      return errors.list.map(fieldErrorText)
    },
  }
}
function parseObject(object: object): Unstructured {
  return object as Unstructured
}
