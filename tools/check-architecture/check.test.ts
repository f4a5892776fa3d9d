import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { check, report } from './check.ts'
import { findImports } from './imports.ts'

type Files = Readonly<Record<string, string | object>>

/** Two packages, `low` and `high`, where high may use low; `files` come on top. */
async function violations(files: Files, rules: object = {}, budget: object = {}): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), 'kairship-architecture-'))
  const base: Files = {
    'architecture.json': {
      scope: '@k/',
      packages: { 'packages/low': { imports: [] }, 'packages/high': { imports: ['low'] }, ...rules },
      budget: { warn: 300, error: 500, readme: 60, allowed: {}, ...budget },
    },
    'package.json': { devDependencies: { vitest: '1' } },
    'packages/low/package.json': {
      name: '@k/low',
      exports: { '.': './src/index.ts', './testing': './src/testing/index.ts' },
    },
    'packages/low/README.md': 'low',
    'packages/low/src/index.ts': 'export const low = 1\n',
    'packages/low/src/testing/index.ts': '',
    'packages/high/package.json': {
      name: '@k/high',
      exports: { '.': './src/index.ts' },
      dependencies: { '@k/low': '1' },
    },
    'packages/high/README.md': 'high',
    'packages/high/src/index.ts': `export { low } from '@k/low'\n`,
  }
  try {
    for (const [path, content] of Object.entries({ ...base, ...files })) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
    }
    return check(root).violations.map(({ level, where, what }) => `${level} ${where} ${what}`)
  } finally {
    await rm(root, { recursive: true })
  }
}

describe('the architecture check', () => {
  it('finds nothing wrong where nothing is', async () => {
    expect(await violations({})).toEqual([])
  })

  it('refuses an edge against the direction, in the manifest and in every kind of import', async () => {
    const code = [
      `import type { high } from '@k/high'`,
      `import '@k/high'`,
      `export const x = () => ${'import'}('@k/high')`,
    ]
    const files = {
      'packages/low/package.json': {
        name: '@k/low',
        exports: { '.': './src/index.ts', './testing': './src/testing/index.ts' },
        dependencies: { '@k/high': '1' },
      },
      'packages/low/src/index.ts': code.join('\n'),
    }
    expect(await violations(files)).toEqual([
      'error packages/low/package.json must not depend on @k/high',
      'error packages/low/src/index.ts:1 packages/low must not import @k/high',
      'error packages/low/src/index.ts:2 packages/low must not import @k/high',
      'error packages/low/src/index.ts:3 packages/low must not import @k/high',
    ])
  })

  it('refuses imports past the front door', async () => {
    const code = `import { a } from '@k/low/src/index.ts'\nimport { b } from '../../low/src/index.ts'\nimport '@k/low/testing'\n`
    expect(await violations({ 'packages/high/src/index.ts': code })).toEqual([
      'error packages/high/src/index.ts:1 @k/low exports no ./src/index.ts',
      'error packages/high/src/index.ts:2 ../../low/src/index.ts leaves packages/high',
      'error packages/high/src/index.ts:3 test support in a program',
    ])
  })

  it('lets a relative path out of the package only to where it may reach', async () => {
    const files = { 'packages/low/src/index.ts': `import '../../high/src/index.ts'\nimport '../../high/test/a.ts'\n` }
    const rules = { 'packages/low': { imports: [], reaches: ['packages/high/test'] } }
    expect(await violations(files, rules)).toEqual([
      'error packages/low/src/index.ts:1 ../../high/src/index.ts leaves packages/low',
    ])
  })

  it('lets tests use test support and the tools of the root', async () => {
    const code = `import { it } from 'vitest'\nimport '@k/low/testing'\n`
    expect(await violations({ 'packages/high/src/a.test.ts': code })).toEqual([])
  })

  it('refuses what no manifest declares', async () => {
    const code = `import { it } from 'vitest'\nimport '@x/y/z'\n`
    expect(await violations({ 'packages/low/src/index.ts': code })).toEqual([
      'error packages/low/src/index.ts:1 vitest is not in packages/low/package.json',
      'error packages/low/src/index.ts:2 @x/y is not in packages/low/package.json',
    ])
  })

  it('allows one entry of a package without the others', async () => {
    const rules = { 'packages/high': { imports: ['low/testing'] } }
    const found = await violations({ 'packages/high/src/a.test.ts': `import '@k/low/testing'\n` }, rules)
    expect(found).toEqual(['error packages/high/src/index.ts:1 packages/high must not import @k/low'])
  })

  it('wants lazy edges to be dynamic imports or types', async () => {
    const rules = { 'packages/high': { imports: ['low'], lazy: { low: ['src/big.ts'] } } }
    const code = `import type { low } from '@k/low'\nexport const load = () => ${'import'}('@k/low')\n`
    expect(await violations({}, rules)).toEqual(['error packages/high/src/index.ts:1 static import of @k/low'])
    expect(await violations({ 'packages/high/src/index.ts': code }, rules)).toEqual([])
    const big = { 'packages/high/src/big.ts': `import '@k/low'\n`, 'packages/high/src/index.ts': `import './big.ts'\n` }
    expect(await violations(big, rules)).toEqual(['error packages/high/src/index.ts:1 static import of ./big.ts'])
  })

  it('keeps Node modules out of what runs in browsers, but for the places named', async () => {
    const rules = { 'packages/low': { imports: [], browser: { except: ['src/node.ts', 'src/node'] } } }
    const code = `import 'node:fs'\n`
    const files = {
      'packages/low/src/node.ts': code,
      'packages/low/src/node/a.ts': code,
      'packages/low/src/nodes.ts': code,
    }
    expect(await violations(files, rules)).toEqual(['error packages/low/src/nodes.ts:1 node:fs'])
    const leak = { 'packages/low/src/index.ts': `import type { A } from './node.ts'\nimport './node/a.ts'\n` }
    expect(await violations(leak, rules)).toEqual(['error packages/low/src/index.ts:2 ./node/a.ts needs Node'])
  })

  it('keeps a sealed folder to itself', async () => {
    const rules = { 'packages/high': { imports: ['low'], sealed: { 'src/core': [] } } }
    const code = `import '../index.ts'\nimport './b.ts'\nimport '@k/low'\n`
    expect(await violations({ 'packages/high/src/core/a.ts': code }, rules)).toEqual([
      'error packages/high/src/core/a.ts:1 ../index.ts leaves packages/high/src/core',
      'error packages/high/src/core/a.ts:3 packages/high/src/core must not import @k/low',
    ])
  })

  it('leaves the process to programs, and state to values', async () => {
    const code = `// process.env is not read here\nexport let count = 0\nconst home = process.env['HOME']\n`
    expect(await violations({ 'packages/low/src/index.ts': code, 'packages/low/src/a.test.ts': code })).toEqual([
      'error packages/low/src/index.ts:3 process.env',
      'error packages/low/src/index.ts:2 export let count at module level',
    ])
  })

  it('refuses names that say nothing', async () => {
    expect(await violations({ 'packages/low/src/utils/a.ts': '', 'packages/low/src/helpers.ts': '' })).toEqual([
      'error packages/low/src/helpers.ts a name that says nothing',
      'error packages/low/src/utils/a.ts a name that says nothing',
    ])
  })

  it('warns of long files, refuses very long ones, and lets exceptions only shrink', async () => {
    const lines = (count: number): string => 'x\n'.repeat(count)
    const files = {
      'packages/low/src/a.ts': lines(301),
      'packages/low/src/b.ts': lines(501),
      'packages/low/src/c.ts': lines(600),
      'packages/low/src/d.ts': lines(601),
      'packages/low/src/e.gen.ts': lines(9999),
    }
    const allowed = { 'packages/low/src/c.ts': 600, 'packages/low/src/d.ts': 600, 'packages/low/src/a.ts': 600 }
    expect(await violations(files, {}, { allowed })).toEqual([
      'error packages/low/src/b.ts 501 lines; at most 500',
      'error packages/low/src/d.ts 601 lines; at most 600',
      'error architecture.json packages/low/src/a.ts no longer needs an exception',
    ])
    const warning = await violations({ 'packages/low/src/a.ts': lines(301) })
    expect(warning).toEqual(['warning packages/low/src/a.ts 301 lines; 300 is the rule'])
  })

  it('wants a short README and existing entries from every package, and a row for it', async () => {
    const files = {
      'packages/new/package.json': { name: '@k/new', exports: { '.': './src/index.ts' } },
      'packages/low/README.md': 'x\n'.repeat(61),
    }
    expect(await violations(files, { 'packages/gone': { imports: [] } })).toEqual([
      'error architecture.json packages/gone does not exist',
      'error architecture.json packages/new has no row',
      'error packages/low/README.md 61 lines; at most 60',
      'error packages/new/package.json .: no ./src/index.ts',
      'error packages/new no README.md',
    ])
  })

  it('refuses circles in what is allowed', async () => {
    const rules = { 'packages/low': { imports: ['high'] } }
    expect(await violations({}, rules)).toEqual([
      'error architecture.json a circle: packages/low → packages/high → packages/low',
    ])
  })

  it('does not call it clean when it sees nothing', async () => {
    await expect(violations({ 'packages/high/src/index.ts': '' })).rejects.toThrow('no imports found')
  })

  it('prints the reason of each rule once, then what breaks it', () => {
    const violation = { level: 'error', where: 'a.ts:1', what: 'bad', why: 'because' } as const
    const text = report({ violations: [violation, { ...violation, where: 'b.ts:2' }], files: 2, imports: 3 })
    expect(text).toBe('error: because\n  a.ts:1  bad\n  b.ts:2  bad\n\n2 files, 3 imports: 2 errors, 0 warnings')
  })
})

describe('finding imports', () => {
  it('sees statements over several lines and not what only looks like one', () => {
    const code = `import {\n  a,\n  type B,\n} from 'one'\nexport * from "two"\nexport type * from 'three'\nimport x, { y } from 'four'
/**\n * import no from 'comment'\n */\n// import no from 'line'\nconst text = "import no from 'string'"\nexport const from = 'no'\n`
    expect(findImports(code)).toEqual([
      { specifier: 'one', line: 1, kind: 'static' },
      { specifier: 'two', line: 5, kind: 'static' },
      { specifier: 'three', line: 6, kind: 'type' },
      { specifier: 'four', line: 7, kind: 'static' },
    ])
  })
})
