import { NOT_RESOLVED, defineScalarTag } from 'js-yaml'
import type { RawJson } from '../json/raw.ts'
import { fromBigInt, integerFromText } from '../json/raw.ts'

// Plain scalars as sigs.k8s.io/yaml reads them: YAML 1.1 booleans, octal with and without `o`, underscores in numbers;
// neither sexagesimal numbers nor timestamps. All tags are for reading only.

const never = () => false
const NULLS: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL'])
const TRUES: ReadonlySet<string> = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'])
const FALSES: ReadonlySet<string> = new Set([
  'n',
  'N',
  'no',
  'No',
  'NO',
  'off',
  'Off',
  'OFF',
  'false',
  'False',
  'FALSE',
])
const DIGITS = ['+', '-', ...'0123456789'.split('')]

export const nullTag: ReturnType<typeof defineScalarTag<null>> = defineScalarTag<null>('tag:yaml.org,2002:null', {
  implicit: true,
  implicitFirstChars: ['', '~', 'n', 'N'],
  resolve: (source) => (NULLS.has(source) ? null : NOT_RESOLVED),
  identify: never,
})

export const boolTag: ReturnType<typeof defineScalarTag<boolean>> = defineScalarTag<boolean>('tag:yaml.org,2002:bool', {
  implicit: true,
  implicitFirstChars: 'yYnNtTfFoO'.split(''),
  resolve: (source) => (TRUES.has(source) ? true : FALSES.has(source) ? false : NOT_RESOLVED),
  identify: never,
})

/** An integer in any of the accepted spellings, or undefined. */
export function yamlInteger(source: string): number | RawJson | undefined {
  const text = source.includes('_') ? source.replaceAll('_', '') : source
  if (/^[+-]?(?:0|[1-9]\d*)$/.test(text)) return integerFromText(text.startsWith('+') ? text.slice(1) : text)
  const based = /^([+-]?)(?:0[bB]([01]+)|0[xX]([\da-fA-F]+)|0[oO]?([0-7]+))$/.exec(text)
  if (based === null) return undefined
  const [, sign, binary, hex, octal] = based
  const magnitude =
    binary !== undefined ? BigInt(`0b${binary}`) : hex !== undefined ? BigInt(`0x${hex}`) : BigInt(`0o${octal ?? '0'}`)
  return fromBigInt(sign === '-' ? -magnitude : magnitude)
}

export const intTag: ReturnType<typeof defineScalarTag<number | RawJson>> = defineScalarTag<number | RawJson>(
  'tag:yaml.org,2002:int',
  {
    implicit: true,
    implicitFirstChars: DIGITS,
    resolve: (source) => yamlInteger(source) ?? NOT_RESOLVED,
    identify: never,
  },
)

export const floatTag: ReturnType<typeof defineScalarTag<number>> = defineScalarTag<number>('tag:yaml.org,2002:float', {
  implicit: true,
  implicitFirstChars: ['.', ...DIGITS],
  resolve: (source) => {
    // JSON has no infinity and no NaN: these are refused later, by name.
    if (/^[+-]?\.(?:inf|Inf|INF)$/.test(source)) return source.startsWith('-') ? -Infinity : Infinity
    if (/^\.(?:nan|NaN|NAN)$/.test(source)) return Number.NaN
    const text = source.includes('_') ? source.replaceAll('_', '') : source
    return /^[+-]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : NOT_RESOLVED
  },
  identify: never,
})

/** `!!binary` becomes the decoded text, as Go's YAML decodes it into a string. */
export const binaryTag: ReturnType<typeof defineScalarTag<string>> = defineScalarTag<string>(
  'tag:yaml.org,2002:binary',
  {
    resolve: (source) => {
      try {
        const bytes = Uint8Array.from(atob(source.replaceAll(/\s/g, '')), (character) => character.charCodeAt(0))
        return new TextDecoder().decode(bytes)
      } catch {
        return NOT_RESOLVED
      }
    },
    identify: never,
  },
)

/** An explicit `!!timestamp` stays text. */
export const timestampTag: ReturnType<typeof defineScalarTag<string>> = defineScalarTag<string>(
  'tag:yaml.org,2002:timestamp',
  { resolve: (source) => source, identify: never },
)
