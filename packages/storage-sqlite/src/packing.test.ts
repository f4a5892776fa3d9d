import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Packer, unpack } from './packing.ts'

it('unpacks what was packed, whatever the sizes', () => {
  const size = fc.oneof(fc.nat(10), fc.constantFrom(0, 0, 65_535, 65_536, 65_537, 40_000))
  fc.assert(
    fc.property(fc.array(size, { maxLength: 12 }), (sizes) => {
      const values = sizes.map((length, index) => new Uint8Array(length).fill(index))
      const packer = new Packer()
      for (const value of values) packer.add(value)
      const unpacked = unpack(packer.finish())
      expect(unpacked.map((value) => value.byteLength)).toEqual(sizes)
      expect(unpacked.every((value, index) => value.every((byte) => byte === index))).toBe(true)
    }),
    { numRuns: 200 },
  )
})
