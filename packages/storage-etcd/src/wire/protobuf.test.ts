import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtoError, ProtoReader, ProtoWriter } from './protobuf.ts'

describe('protobuf', () => {
  it('reads back every number, text and run of bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.maxSafeNat()),
        fc.string({ unit: 'binary' }),
        fc.uint8Array({ maxLength: 500 }),
        fc.integer({ min: 1, max: 2 ** 29 - 1 }),
        (numbers, text, bytes, field) => {
          const writer = new ProtoWriter()
          for (const number of numbers) writer.presentVarint(field, number)
          const inner = new ProtoWriter().text(1, text).bytes(2, bytes).finish()
          const reader = new ProtoReader(writer.message(field, inner).finish())
          for (const number of numbers) {
            expect(reader.next()).toBe(true)
            expect([reader.field, reader.varint()]).toEqual([field, number])
          }
          expect(reader.next()).toBe(true)
          const message = reader.message()
          let [seenText, seenBytes] = ['', new Uint8Array(0)]
          while (message.next()) {
            if (message.field === 1) seenText = message.text()
            else seenBytes = new Uint8Array(message.bytes())
          }
          expect([seenText, seenBytes]).toEqual([text, bytes])
          expect(reader.next()).toBe(false)
        },
      ),
    )
  })

  it('reads negative numbers, which etcd uses for watches that are none', () => {
    const minusOne = [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]
    const reader = new ProtoReader(Uint8Array.from(minusOne))
    reader.next()
    expect(reader.varint()).toBe(-1)
  })

  it('leaves out what is empty, and passes over fields of every kind that nobody takes', () => {
    expect(new ProtoWriter().varint(1, 0).bool(2, false).text(3, '').bytes(4, new Uint8Array(0)).finish().length).toBe(
      0,
    )
    const fixed = [0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4]
    const rest = new ProtoWriter().varint(3, 300).text(4, 'passed over').varint(5, 7).finish()
    const reader = new ProtoReader(Uint8Array.from([...fixed, ...rest]))
    let found = 0
    while (reader.next()) if (reader.field === 5) found = reader.varint()
    expect(found).toBe(7)
  })

  it('throws for anything that is no message, and never reads beyond it', () => {
    const good = new ProtoWriter().text(1, 'abc').varint(2, 1_000_000).finish()
    for (let cut = 1; cut < good.length; cut++) {
      const read = (): void => {
        const reader = new ProtoReader(good.subarray(0, cut))
        while (reader.next()) if (reader.field === 1) reader.text()
      }
      if (cut !== 5) expect(read, `cut at ${cut}`).toThrow(ProtoError)
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          const reader = new ProtoReader(bytes)
          while (reader.next()) if (reader.field % 2 === 0) reader.bytes()
        } catch (error) {
          expect(error).toBeInstanceOf(ProtoError)
        }
      }),
    )
  })
})
