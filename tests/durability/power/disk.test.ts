import { expect, it } from 'vitest'
import { Disk, type Random, type Survival } from './disk.ts'
import { seeded } from './power-cut.ts'

const always: Random = () => 0.999_999

function contentAfter(disk: Disk, survival: Survival, random: Random = always): string | undefined {
  return disk.afterPowerCut(survival, random).get('a')?.toString('latin1')
}
function diskWith(text: string): Disk {
  const disk = new Disk()
  disk.apply({ kind: 'open', file: 1, name: 'a', created: true })
  disk.apply({ kind: 'write', file: 1, offset: 0, bytes: Buffer.from(text) })
  return disk
}

it('loses a file whose name was never synced, although its content was', () => {
  const disk = diskWith('text')
  disk.apply({ kind: 'sync', file: 1 })
  expect(contentAfter(disk, 'nothing')).toBeUndefined()
  disk.apply({ kind: 'sync-directory' })
  expect(contentAfter(disk, 'nothing')).toBe('text')
})

it('keeps what was synced and nothing later, or all of it', () => {
  const disk = diskWith('first')
  disk.apply({ kind: 'sync', file: 1 })
  disk.apply({ kind: 'sync-directory' })
  disk.apply({ kind: 'write', file: 1, offset: 5, bytes: Buffer.from(' second') })
  disk.apply({ kind: 'truncate', file: 1, length: 8 })
  expect(contentAfter(disk, 'nothing')).toBe('first')
  expect(contentAfter(disk, 'everything')).toBe('first se')
})

it('tears writes at sectors and keeps later ones without earlier ones', () => {
  const disk = diskWith('-'.repeat(2048))
  disk.apply({ kind: 'sync', file: 1 })
  disk.apply({ kind: 'sync-directory' })
  disk.apply({ kind: 'write', file: 1, offset: 100, bytes: Buffer.alloc(1900, 'x') })
  const random = seeded(1)
  const seen = new Set<string>()
  for (let i = 0; i < 500; i++) seen.add(contentAfter(disk, 'some', random) ?? '')
  // Each of the four sectors old or new.
  expect(seen.size).toBe(16)
  for (const content of seen) expect(content).toMatch(/^-{100}(-{412}|x{412})(-{512}|x{512}){2}(-{512}|x{464}-{48})$/)
})

it('does not trust a sync after one that failed', () => {
  const disk = diskWith('first')
  disk.apply({ kind: 'sync-directory' })
  disk.apply({ kind: 'sync-failed', file: 1 })
  disk.apply({ kind: 'sync', file: 1 })
  expect(contentAfter(disk, 'nothing')).toBe('')
})

it('undoes removals and renames that were not synced', () => {
  const disk = diskWith('text')
  disk.apply({ kind: 'sync', file: 1 })
  disk.apply({ kind: 'sync-directory' })
  disk.apply({ kind: 'rename', from: 'a', to: 'b' })
  disk.apply({ kind: 'unlink', name: 'b' })
  expect([...disk.afterPowerCut('nothing', always).keys()]).toEqual(['a'])
  expect([...disk.afterPowerCut('everything', always).keys()]).toEqual([])
})
