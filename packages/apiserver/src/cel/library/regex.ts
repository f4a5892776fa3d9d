import { RE2JS } from 're2js'
import { CelError } from '../error.ts'
import type { Meter } from '../program/meter.ts'
import { ValueList } from '../values/value.ts'
import { define, matching, type Overload } from './overload.ts'

const longestPattern = 10_000
const workPerMatch = 25
const workPerChar = 2

/** A matcher of a pattern on a text; reading the text is paid for. */
export function matcherOf(text: string, pattern: string, meter: Meter): ReturnType<RE2JS['matcher']> {
  meter.work(text.length * workPerChar)
  return compilePattern(pattern, meter).matcher(text)
}

/** Linear in the text, whatever the pattern. A pattern that repeats may be larger than it looks: it is paid for. */
export function compilePattern(pattern: string, meter: Meter): RE2JS {
  if (pattern.length > longestPattern) throw new CelError('regular expression is too long')
  let size = pattern.length
  for (const [, least = '', most = ''] of pattern.matchAll(/\{(\d+),?(\d*)\}/g)) {
    size *= Math.max(1, Number(least), Number(most === '' ? 0 : most))
  }
  meter.work(Math.min(size, 1e9))
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CelError(`error parsing regexp: ${reason}`)
  }
}

function findAll(text: string, pattern: string, limit: bigint, meter: Meter): ValueList {
  const matcher = matcherOf(text, pattern, meter)
  const found: string[] = []
  while ((limit < 0n || BigInt(found.length) < limit) && matcher.find()) {
    meter.work(workPerMatch + pattern.length)
    found.push(matcher.group() ?? '')
  }
  return new ValueList(found)
}

const cost = (text = 0, pattern = 0): number => matching(text, pattern)

export const regexOverloads: readonly Overload[] = [
  define(
    'string.find(string): string',
    (text: string, pattern: string, meter: Meter) => {
      const matcher = matcherOf(text, pattern, meter)
      return matcher.find() ? (matcher.group() ?? '') : ''
    },
    { cost, size: (text = 0) => text },
  ),
  define(
    'string.findAll(string): list<string>',
    (text: string, pattern: string, meter: Meter) => findAll(text, pattern, -1n, meter),
    { cost, size: (text = 0) => text },
  ),
  define('string.findAll(string, int): list<string>', findAll, { cost, size: (text = 0) => text }),
]
