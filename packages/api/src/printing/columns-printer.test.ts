import { describe, expect, it } from 'vitest'
import { columnsPrinter } from './columns-printer.ts'
import { compileJsonPath } from './json-path.ts'

const now = Date.parse('2026-01-01T01:00:00Z')
const widget = {
  metadata: { name: 'w', creationTimestamp: '2026-01-01T00:00:00Z', annotations: { 'a.b/c': 'dotted' } },
  spec: { replicas: 3, ratio: 0.5, paused: false, hosts: ['a', 'b'], since: '2026-01-01T00:59:30Z', odd: 'no date' },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Synced', status: 'False' },
    ],
  },
}

describe('columnsPrinter', () => {
  it('shows Name and Age when a CRD has no columns', () => {
    const printer = columnsPrinter([])
    expect(printer.columns.map((column) => column.name)).toEqual(['Name', 'Age'])
    expect(printer.cells(widget, now)).toEqual(['w', '60m'])
  })

  it.each([
    ['string', '.spec.hosts[0]', 'a'],
    ['string', '.spec.replicas', '3'],
    ['string', '.spec.hosts', '["a","b"]'],
    ['string', '.status.conditions[?(@.type=="Ready")].status', 'True'],
    ['string', ".status.conditions[?(@.type=='Synced')].status", 'False'],
    ['string', '.status.conditions[?(@.type=="None")].status', null],
    ['string', '.metadata.annotations.a\\.b/c', 'dotted'],
    ['string', ".metadata.annotations['a.b/c']", 'dotted'],
    ['string', '.spec.missing.deeper', null],
    ['integer', '.spec.replicas', 3],
    ['integer', '.spec.ratio', 0],
    ['integer', '.spec.hosts', null],
    ['number', '.spec.ratio', 0.5],
    ['boolean', '.spec.paused', false],
    ['date', '.metadata.creationTimestamp', '60m'],
    ['date', '.spec.since', '30s'],
    ['date', '.spec.odd', '<invalid>'],
    ['date', '.spec.missing', null],
  ])('a %s column of %s shows %j', (type, jsonPath, expected) => {
    expect(columnsPrinter([{ name: 'X', type, jsonPath }]).cells(widget, now)).toEqual(['w', expected])
  })

  it('keeps priority, format and description of a column, not its path', () => {
    const column = { name: 'X', type: 'string', format: 'f', description: 'd', priority: 1 }
    expect(columnsPrinter([{ ...column, jsonPath: '.a' }]).columns[1]).toEqual(column)
  })
})

describe('compileJsonPath', () => {
  it.each([
    ['{.spec.hosts[*]}', ['a', 'b']],
    ['$.spec.hosts[-1]', ['b']],
    ['.status.conditions[*].type', ['Ready', 'Synced']],
    ['.status.conditions[?(@.type!="Ready")].type', ['Synced']],
    ['.spec.toString', []],
  ])('%s finds %j', (path, expected) => {
    expect(compileJsonPath(path)(widget)).toEqual(expected)
  })

  it.each(['.', '.a[', '.a[?(@.b', '.a b', '.a[?(@.b=="c"'])('%s is refused', (path) => {
    expect(() => compileJsonPath(path)).toThrow(expect.objectContaining({ name: 'JsonPathError' }))
  })
})
