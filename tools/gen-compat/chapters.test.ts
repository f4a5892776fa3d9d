import { describe, expect, it } from 'vitest'
import { chaptersOf } from './chapters.ts'
import { ledger } from './document.ts'

const source = `
describe('Create', () => {
  it('answers 201', async () => {})
  it('says what\\'s wrong: "x" is \`y\`', async () => {})
  it(
    'has a long name',
    async () => {},
  )
  it.todo('P1: something')
  it.fails('tells it otherwise', () => {})
})
describe("Delete", () => {
  it("doesn't answer", () => {})
})
`

describe('the ledger of behaviours', () => {
  it('has a chapter for each describe and a row for each test, with its state', () => {
    expect(chaptersOf(source)).toEqual([
      {
        title: 'Create',
        rows: [
          { behaviour: 'answers 201', state: 'tested' },
          { behaviour: 'says what\'s wrong: "x" is `y`', state: 'tested' },
          { behaviour: 'has a long name', state: 'tested' },
          { behaviour: 'P1: something', state: 'missing' },
          { behaviour: 'tells it otherwise', state: 'differs' },
        ],
      },
      { title: 'Delete', rows: [{ behaviour: "doesn't answer", state: 'tested' }] },
    ])
  })

  it('leaves out what changes in names of repeated tests', () => {
    const [chapter] = chaptersOf(`
describe.skipIf(none)('x', () => {
  it.each([
    ['a', 'b'],
  ])('works with %s', () => {})
`)
    expect(chapter).toEqual({ title: 'x', rows: [{ behaviour: 'works with …', state: 'tested' }] })
  })

  it('lists what is missing and what differs before what is proven, with the file', () => {
    const text = ledger([{ path: 'tests/conformance/api/create.test.ts', chapters: chaptersOf(source) }])
    expect(text).toContain('4 behaviours tested, 1 known to differ, 1 missing.')
    expect(text).toContain('## Missing\n\n- Create: P1: something\n')
    expect(text).toContain('## Different\n\n- Create: tells it otherwise\n')
    expect(text).toContain('(../../tests/conformance/api/create.test.ts)\n\n- answers 201\n')
  })
})
