import { describe, expect, it } from 'vitest'
import { systemRandom } from './random.ts'
import { seededRandom } from './testing/index.ts'

const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('random', () => {
  it('makes version 4 UUIDs', () => {
    expect(systemRandom().uuid()).toMatch(uuid4)
    expect(seededRandom(1).uuid()).toMatch(uuid4)
  })
  it('gives more bytes than the platform gives at once', () => {
    expect(
      systemRandom()
        .bytes(200_000)
        .subarray(150_000)
        .some((byte) => byte !== 0),
    ).toBe(true)
  })
  it('repeats itself for the same seed and only then', () => {
    const draw = (seed: number, random = seededRandom(seed)): number[] => Array.from({ length: 5 }, () => random.next())
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })
})
