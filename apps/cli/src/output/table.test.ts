import { expect, it } from 'vitest'
import { age, renderTable } from './table.ts'

it('lines up columns as kubectl does', () => {
  expect(
    renderTable(
      ['name', 'ready'],
      [
        ['a', '1/1'],
        ['longer', undefined],
      ],
    ),
  ).toBe('NAME     READY\na        1/1\nlonger   -\n')
})

it('counts East Asian characters as two columns', () => {
  expect(
    renderTable(
      ['name', 'x'],
      [
        ['演示', '1'],
        ['demo', '2'],
      ],
    ),
  ).toBe('NAME   X\n演示   1\ndemo   2\n')
})

it('shows control characters of a server as nothing that moves the cursor', () => {
  expect(renderTable(['name'], [['a\u001b[2Jb\nc']])).toBe('NAME\na?[2Jb?c\n')
})

it.each([
  [5, '5s'],
  [119, '119s'],
  [125, '2m'],
  [7300, '2h'],
  [200_000, '2d'],
])('writes %d seconds as %s', (seconds, text) => {
  expect(age('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:00:00Z') + seconds * 1000)).toBe(text)
})
