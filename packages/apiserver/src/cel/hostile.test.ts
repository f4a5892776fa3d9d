import { describe, expect, test } from 'vitest'
import { CelError, CompileError, CostExceeded } from './error.ts'
import { Meter } from './program/meter.ts'
import { Program } from './program/program.ts'
import { dyn } from './types.ts'
import { wrap } from './values/data.ts'

const many = Array.from({ length: 2000 }, (_item, index) => index)
const self = {
  list: many,
  map: Object.fromEntries(many.map((index) => [`k${index}`, index])),
  text: 'a'.repeat(100_000),
  nested: many.map(() => many.slice(0, 100)),
  __proto__: { polluted: 'yes' },
}

/** How an expression ends, whatever it is. Anything else than an end that it is supposed to have is thrown. */
function outcome(expression: string): string {
  const meter = new Meter(1_000_000)
  try {
    const program = new Program(expression, new Map([['self', dyn]]))
    return typeof program.run({ self: wrap(self, dyn) }, meter)
  } catch (error) {
    if (error instanceof CostExceeded) return 'too dear'
    if (error instanceof CompileError) return 'refused'
    if (error instanceof CelError) return 'failed'
    throw error
  }
}

describe('an expression that would run long is stopped', () => {
  test.each([
    'self.list.all(a, self.list.all(b, self.list.all(c, a + b + c >= 0)))',
    'self.list.map(a, self.list.map(b, self.list)).size() == 1',
    'self.list.map(a, self.text + self.text).size() == 1',
    'self.nested.all(a, self.nested == self.nested)',
    'self.list.all(a, self.list + self.list + self.list + self.list == self.list + self.list + self.list + self.list)',
    "self.list.all(a, self.text.matches('(a+)+$'))",
    'self.list.all(a, self.text.contains(self.text.substring(1)))',
    "self.list.all(a, self.text.replace('a', 'aaaaaaaaaaaaaaaa').size() > 0)",
    "self.list.all(a, self.text.split('').size() > 0)",
    'lists.range(1000000).map(a, lists.range(1000000)).size() > 0',
    'self.list.all(a, lists.range(100000).distinct().size() > 0)',
    'self.list.all(a, sets.equivalent(self.list, self.list))',
    "self.list.all(a, '%s'.format([self.nested]).size() > 0)",
    "self.list.all(a, self.text.findAll('a').size() > 0)",
  ])('%s', (expression) => {
    expect(outcome(expression)).toBe('too dear')
  })
})

describe('an expression that cannot be held is refused or fails', () => {
  test.each([
    '['.repeat(100_000),
    `${'-'.repeat(5000)}1`,
    `${'!'.repeat(5000)}true`,
    `self${'.a'.repeat(5000)}`,
    `self${'[0]'.repeat(5000)}`,
    `${'x.map(y, '.repeat(300)}1${')'.repeat(300)}`,
    'a'.repeat(100_001),
    '"\\ud800" == ""',
    '9223372036854775808',
    'lists.range(100000000000)',
    "'%.100000000f'.format([1.0])",
    "'a'.matches('a{1000}{1000}{1000}')",
    "quantity('1e999999999')",
    "duration('99999999999999999999h')",
    'timestamp(9223372036854775807)',
    'self.constructor.constructor("return 1")()',
    'self.__proto__.polluted',
    'self.toString',
    "self['hasOwnProperty']",
  ])('%.60s', (expression) => {
    expect(outcome(expression)).toMatch(/^(refused|failed|too dear)$/)
  })
})

test('thousands of conditions in one row are one step deep', () => {
  expect(outcome(Array.from({ length: 5000 }, () => 'true').join(' && '))).toBe('boolean')
})
test('keys that mean something to JavaScript are keys', () => {
  expect(outcome("{'__proto__': 1, 'constructor': 2}['__proto__'] == 1")).toBe('boolean')
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
})
