import type { Schema } from '@kairship/api'
import { describe, expect, test } from 'vitest'
import { Meter } from './program/meter.ts'
import { Program } from './program/program.ts'
import { escapeField, unescapeField } from './schema/escape.ts'
import { schemaType } from './schema/types.ts'
import { dyn } from './types.ts'
import { wrap } from './values/data.ts'
import type { Value } from './values/value.ts'

const text: Schema = { type: 'string' }
const schema: Schema = {
  type: 'object',
  properties: {
    n: { type: 'integer' },
    ratio: { type: 'number' },
    name: text,
    on: { type: 'boolean' },
    data: { type: 'string', format: 'byte' },
    since: { type: 'string', format: 'date-time' },
    day: { type: 'string', format: 'date' },
    wait: { type: 'string', format: 'duration' },
    port: { 'x-kubernetes-int-or-string': true },
    list: { type: 'array', items: { type: 'integer' } },
    set: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    map: { type: 'object', additionalProperties: text },
    absent: text,
    none: { type: 'string', nullable: true },
    'a-b.c/d': text,
    namespace: text,
    items: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: { type: 'object', properties: { k: text, v: { type: 'integer' } } },
    },
  },
}
const self = {
  n: 3,
  ratio: 2,
  name: 'web-1',
  on: true,
  data: 'QUI=',
  since: '2024-05-06T07:08:09.5Z',
  day: '2024-05-06',
  wait: '1h30m',
  port: '80%',
  list: [3, 1, 2],
  set: ['b', 'a'],
  map: { a: '1', b: '2' },
  none: null,
  'a-b.c/d': 'odd',
  namespace: 'ns',
  items: [
    { k: 'x', v: 1 },
    { k: 'y', v: 2 },
  ],
}

function run(expression: string): Value {
  const type = schemaType(schema) ?? dyn
  return new Program(expression, new Map([['self', type]])).run({ self: wrap(self, type) }, new Meter(1_000_000))
}

describe('an expression is true', () => {
  test.each([
    // the language
    'self.n == 3 && self.n / 2 == 1 && -self.n % 2 == -1',
    'self.ratio == 2.0 && double(self.n) > self.ratio && self.n > self.ratio',
    '9007199254740993 == 9007199254740992 + 1 && 0xff == 255 && 2u + 3u == 5u',
    "self.name + '!' == \"web-1!\" && r'\\d' == '\\\\d' && 'a\\u00e9' == 'aé' && b'AB' == self.data",
    'self.on ? true : 1 / 0 == 1',
    'false && 1 / 0 == 1 || true || 1 / 0 == 1',
    '(1 / 0 == 1 || true) && !(1 / 0 == 1 && false)',
    "[1, 2] == [1, 2] && {'a': 1} == {'a': 1} && 'a' in {'a': 1} && 2 in [1, 2]",
    "self.list[0] == 3 && self.map['a'] == '1' && 'b' in self.map && self.map.b == '2'",
    'has(self.name) && !has(self.absent) && !has(self.none)',
    'type(self.n) == int && type(self.port) == string && type(null) == null_type && type(1u) == uint',
    "self.set == ['a', 'b'] && self.items[0].v == 1",
    "self.a__dash__b__dot__c__slash__d == 'odd' && self.__namespace__ == 'ns'",
    "size(self.list) == 3 && self.name.size() == 5 && 'é👑'.size() == 2",
    // macros
    'self.list.all(x, x > 0) && self.list.exists(x, x == 2) && self.list.exists_one(x, x == 2)',
    'self.list.map(x, x * 2) == [6, 2, 4] && self.list.map(x, x > 1, x) == [3, 2] && self.list.filter(x, x < 3) == [1, 2]',
    "self.map.all(k, self.map[k] != '') && self.map.exists(k, v, k == 'a' && v == '1')",
    'self.list.all(i, x, self.list[i] == x) && self.list.transformList(i, x, x + i) == [3, 2, 4]',
    "self.map.transformMap(k, v, v + k) == {'a': '1a', 'b': '2b'} && self.map.transformMapEntry(k, v, {v: k}) == {'1': 'a', '2': 'b'}",
    'cel.bind(x, self.n + 1, x * x) == 16',
    'self.list.sortBy(x, -x) == [3, 2, 1]',
    // optionals
    "self.?absent.orValue('x') == 'x' && self.?name.hasValue() && optional.none().or(optional.of(1)).value() == 1",
    "self.map[?'z'].orValue('?') == '?' && self.list[?9] == optional.none() && [1, ?optional.none()] == [1]",
    "self.?name.optMap(x, x + '!').value() == 'web-1!'",
    // time
    "self.wait == duration('90m') && self.wait.getMinutes() == 90 && self.since.getFullYear() == 2024",
    "self.since > timestamp('2024-01-01T00:00:00Z') && self.since.getHours('+02:00') == 9 && self.day.getDate() == 6",
    "self.since + duration('1s') - self.since == duration('1s') && string(duration('1500ms')) == '1.5s'",
    // strings
    "'Hi You'.lowerAscii() == 'hi you' && 'a,b'.split(',') == ['a', 'b'] && ['a', 'b'].join('-') == 'a-b'",
    "'banana'.indexOf('an', 2) == 3 && 'banana'.lastIndexOf('an') == 3 && 'banana'.replace('an', 'o', 1) == 'boana'",
    "'banana'.substring(1, 3) == 'an' && 'ab'.charAt(1) == 'b' && ' a '.trim() == 'a' && 'abc'.reverse() == 'cba'",
    "'%s is %d, %.1f, %x'.format(['a', 3, 2.0, 255]) == 'a is 3, 2.0, ff'",
    "self.name.matches('^[a-z]+-[0-9]$') && self.name.startsWith('web') && self.name.contains('b-') && self.name.endsWith('1')",
    // Kubernetes libraries
    '[1, 2, 2].isSorted() && self.list.sum() == 6 && self.list.min() == 1 && self.list.max() == 3',
    "[1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2 && ['b', 'a'].sort() == ['a', 'b']",
    "'a12b3'.find('[0-9]+') == '12' && 'a12b3'.findAll('[0-9]+') == ['12', '3'] && 'a12b3'.findAll('[0-9]+', 1) == ['12']",
    "isURL('https://h:8/p?q=1') && url('https://h:8/p?q=1').getHost() == 'h:8' && url('https://[::1]:8/').getHostname() == '::1'",
    "url('https://h:8/p?q=1&q=2').getQuery() == {'q': ['1', '2']} && url('/p').getScheme() == '' && !isURL('a b')",
    "quantity('1.5Gi').isGreaterThan(quantity('1G')) && quantity('1k').asInteger() == 1000 && quantity('-1').sign() == -1",
    "quantity('1').add(quantity('500m')) == quantity('1500m') && quantity('2').sub(1) == quantity('1') && !isQuantity('x')",
    "!quantity('1500m').isInteger() && quantity('1500m').asApproximateFloat() == 1.5 && quantity('1').compareTo(quantity('2')) == -1",
    "ip('10.0.0.1').family() == 4 && isIP('::1') && ip('::1').isLoopback() && ip.isCanonical('2001:db8::1') && !isIP('::ffff:1.2.3.4')",
    "cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')",
    "cidr('fd00::/8').prefixLength() == 8 && string(ip('2001:db8:0:0:0:0:0:1')) == '2001:db8::1' && !isCIDR('1.2.3.4')",
    "semver('1.2.3-rc.1').isLessThan(semver('1.2.3')) && semver('v1.2', true).minor() == 2 && !isSemver('v1')",
    "format.dns1123Label().validate('Not-ok').hasValue() && format.named('uuid').value().validate('x').hasValue()",
    'sets.contains([1, 2, 3], [1]) && sets.equivalent([1, 2], [2, 1, 1]) && sets.intersects([1], [1, 2])',
    "jsonpatch.escapeKey('a/b~c') == 'a~1b~0c'",
  ])('%s', (expression) => {
    expect(run(expression)).toBe(true)
  })
})

describe('an expression is not taken', () => {
  test.each([
    ['self.nothing', "undefined field 'nothing'"],
    ['nothing', "undeclared reference to 'nothing' (in container '')"],
    ['nothing(1)', "undeclared reference to 'nothing' (in container '')"],
    ["self.n == 'x'", "found no matching overload for '_==_' applied to '(int, string)'"],
    ['self.name == null', "found no matching overload for '_==_' applied to '(string, null)'"],
    ["self.n + 'x'", "found no matching overload for '_+_' applied to '(int, string)'"],
    ["['a'].sum()", "found no matching overload for 'sum' applied to 'list(string).()'"],
    ["self['n']", "found no matching overload for '_[_]' applied to '(object, string)'"],
    ["[1, 'a']", "expected type 'int' but found 'string'"],
    ['self.n.all(x, true)', 'cannot be range of a comprehension'],
    ['self.list.all(x, x)', "expected type 'bool' but found 'int'"],
    ['has(self)', 'invalid argument to has() macro'],
    ["duration('1x')", 'invalid duration argument'],
    ["self.name.matches('(')", 'invalid matches argument'],
    ['authorizer.allowed()', "undeclared reference to 'authorizer'"],
    ['self.n ==', "Syntax error: mismatched input '<EOF>'"],
    ['1 +* 2', "Syntax error: mismatched input '*'"],
    ["'open", 'Syntax error: token recognition error'],
    ['self.for', "undefined field 'for'"],
    ['a ? 1', "Syntax error: mismatched input '<EOF>'"],
    [`${'('.repeat(300)}1${')'.repeat(300)}`, 'expression recursion limit exceeded: 250'],
    [`1${' + 1'.repeat(300)}`, 'expression recursion limit exceeded: 250'],
  ])('%s: %s', (expression, problem) => {
    expect(() => run(expression)).toThrow(problem)
  })

  test('and the answer shows where', () => {
    expect(() => run('self.n == 1 &&\n  self.x')).toThrow(
      "ERROR: <input>:2:7: undefined field 'x'\n |   self.x\n | ......^",
    )
  })
})

describe('an expression fails while it runs', () => {
  test.each([
    ['self.absent', 'no such key: absent'],
    ["self.map['z']", 'no such key: z'],
    ['self.list[7]', 'index out of bounds: 7'],
    ['1 / (self.n - 3)', 'division by zero'],
    ['1 % (self.n - 3)', 'modulus by zero'],
    ['9223372036854775807 + self.n', 'integer overflow'],
    ['int(self.name)', "type conversion error from 'string' to 'int'"],
    ['self.port > 5', 'no such overload'],
    ['optional.none().value()', 'optional.none() dereference'],
    ["{self.name: 1, 'web-1': 2}", 'Failed with repeated key'],
    ['quantity(self.name)', 'quantities must match the regular expression'],
    ["'abc'.substring(self.n + 5)", 'index out of range: 8'],
    ['[].max()', 'no such overload|found no matching|max called on empty list'],
  ])('%s: %s', (expression, problem) => {
    expect(() => run(expression)).toThrow(new RegExp(problem.replaceAll(/[().]/g, '\\$&')))
  })
})

test.each([
  ['a-b', 'a__dash__b'],
  ['a.b/c', 'a__dot__b__slash__c'],
  ['a__b', 'a__underscores__b'],
  ['namespace', '__namespace__'],
  ['true', '__true__'],
  ['int', 'int'],
  ['_x', '_x'],
])('the field %s is reached as %s', (name, escaped) => {
  expect(escapeField(name)).toBe(escaped)
  expect(unescapeField(escaped)).toBe(name)
})
test.each(['1a', 'a b', 'é', ''])('the field %j cannot be reached', (name) => {
  expect(escapeField(name)).toBeUndefined()
})
