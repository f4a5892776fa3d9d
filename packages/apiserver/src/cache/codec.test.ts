import { deepFreeze, type Unstructured } from '@kairship/apimachinery'
import { describe, expect, it } from 'vitest'
import { decodeStored, encodeServed, Encoder } from './codec.ts'

const encoder = new Encoder()
const long = (text: string): { readonly text: string } => ({ text: text.repeat(600) })
const object = (fields: object): Unstructured =>
  deepFreeze({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a', resourceVersion: '7' }, ...fields })
const text = (value: Uint8Array): string => Buffer.from(value).toString()

describe('stored values', () => {
  it('are JSON without the revision; types and metadata come first', () => {
    const managedFields = [{ manager: 'm' }]
    const { value } = encoder.encode({
      spec: { a: 1 },
      metadata: { managedFields, name: 'a', resourceVersion: '7' },
      kind: 'Thing',
      apiVersion: 'v1',
      absent: undefined,
      '"odd"': 'x',
    })
    expect(text(value)).toBe(
      '{"apiVersion":"v1","kind":"Thing","metadata":{"name":"a","managedFields":[{"manager":"m"}]},"spec":{"a":1},"\\"odd\\"":"x"}',
    )
    expect(decodeStored(value).metadata).toEqual({ name: 'a', managedFields })
    expect(text(encodeServed(value, 7))).toContain('"metadata":{"resourceVersion":"7","name":"a"')
  })

  it('keep digits that a number would lose', () => {
    const value = Buffer.from('{"metadata":{},"n":1234567890123456789}')
    expect(JSON.stringify(decodeStored(value)['n'])).toBe('1234567890123456789')
  })

  it.each([
    ['ASCII', 'x'],
    ['text of more bytes than characters', 'é€😀'],
  ])('copy large members that did not change from the value before: %s', (_, letter) => {
    const metadata = { name: 'a', managedFields: [{ manager: letter.repeat(300) }] }
    const [spec, data] = [long(letter), long('y')]
    let stored = object({ metadata, spec, data, status: { n: 0 } })
    let encoded = encoder.encode(stored)
    for (let n = 1; n < 5; n++) {
      const renamed = { ...metadata, labels: { l: letter.repeat(n) } }
      stored = object({ ...stored, metadata: renamed, status: { n, message: letter.repeat(n * 100) } })
      const next = encoder.encode(stored, encoded)
      expect(decodeStored(next.value)).toEqual(stored)
      expect(text(next.value)).toBe(text(encoder.encode(stored).value))
      for (const { member, start, end } of next.spans) {
        expect(JSON.parse(text(next.value.subarray(start, end)))).toEqual(member)
      }
      expect(next.spans.map(({ member }) => member)).toContain(spec)
      encoded = next
    }
    const changed = object({ ...stored, spec: long('z') })
    expect(decodeStored(encoder.encode(changed, encoded).value)).toEqual(changed)
  })
})
