import { expect, it } from 'vitest'
import { rulesOf } from '../rules.testing.ts'

const { refused, changed } = rulesOf('apps', 'ControllerRevision')

it('a ControllerRevision holds data that stays, under a number that may grow', () => {
  expect(refused({ revision: 1 })).toEqual(['data: Required value: data is mandatory'])
  expect(changed({ data: { a: 1 }, revision: 1 }, { data: { a: 1 }, revision: 3 })).toEqual([])
  expect(changed({ data: { a: 1 }, revision: 1 }, { data: { a: 2 }, revision: 1 })).toEqual([
    'data: Invalid value: {"a":2}: field is immutable',
  ])
})
