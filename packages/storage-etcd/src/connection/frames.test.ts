import fc from 'fast-check'
import { expect, it } from 'vitest'
import { frame, FrameReader } from './frames.ts'

it('messages come out as they went in, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), fc.array(fc.nat(200)), (messages, cuts) => {
      const stream = Buffer.concat(messages.map(frame))
      const reader = new FrameReader()
      const read: Buffer[] = []
      let at = 0
      for (const cut of [...cuts, stream.length]) {
        read.push(...reader.push(stream.subarray(at, at + cut)))
        at = Math.min(stream.length, at + cut)
      }
      expect(read.map((message) => [...message])).toEqual(messages.map((message) => [...message]))
    }),
  )
})

it('a compressed message is refused: none was asked for', () => {
  const message = frame(Buffer.from('x'))
  message[0] = 1
  expect(() => new FrameReader().push(message)).toThrow(/compressed/u)
})
