import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { object } from './architecture.ts'
import { findImports, type Import } from './imports.ts'

export interface SourceFile {
  /** From the root. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
  /** Only runs in tests and benchmarks: `*.test.ts` and what `test/` and `testing/` folders offer them. */
  readonly isTest: boolean
  readonly isGenerated: boolean
}

export interface Package {
  /** From the root: `packages/storage`. */
  readonly directory: string
  readonly name: string
  /** `.` and `./entry` with the file each stands for. */
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: readonly string[]
  readonly devDependencies: readonly string[]
  readonly files: readonly SourceFile[]
}

export interface Workspace {
  readonly root: string
  readonly packages: readonly Package[]
  /** Tools that every package may use in its tests. */
  readonly rootDependencies: readonly string[]
}

const members = ['packages/*', 'providers/*', 'apps/*', 'tools', 'tests', 'bench', 'examples']
const ignored = ['node_modules', 'dist', 'fixtures']

export function readWorkspace(root: string): Workspace {
  const directories = globSync(members, { cwd: root }).filter((directory) =>
    existsSync(join(root, directory, 'package.json')),
  )
  return {
    root,
    packages: directories.sort().map((directory) => readPackage(root, directory)),
    rootDependencies: [...keys(readJson(join(root, 'package.json')), 'devDependencies')],
  }
}

function readPackage(root: string, directory: string): Package {
  const manifest = readJson(join(root, directory, 'package.json'))
  const sources = globSync('**/*.{ts,tsx,js,jsx,mjs,cjs}', {
    cwd: join(root, directory),
    exclude: (name) => ignored.includes(name.toString().split('/').at(-1) ?? ''),
  })
  return {
    directory,
    name: typeof manifest['name'] === 'string' ? manifest['name'] : directory,
    exports: object(manifest['exports'] ?? {}, `${directory}: exports`),
    dependencies: [...keys(manifest, 'dependencies'), ...keys(manifest, 'peerDependencies')],
    devDependencies: keys(manifest, 'devDependencies'),
    files: sources.sort().map((source) => readSource(root, join(root, directory, source))),
  }
}

function readSource(root: string, file: string): SourceFile {
  const path = relative(root, file).replaceAll('\\', '/')
  const text = readFileSync(file, 'utf8')
  const isGenerated = /\.gen\.[jt]sx?$|\/generated\//.test(path)
  return {
    path,
    text,
    imports: isGenerated ? [] : findImports(text),
    isTest: /^(tests|bench)\/|\.test\.tsx?$|\/(test|testing)\//.test(path),
    isGenerated,
  }
}

function readJson(path: string): Readonly<Record<string, unknown>> {
  return object(JSON.parse(readFileSync(path, 'utf8')), path)
}
function keys(manifest: Readonly<Record<string, unknown>>, field: string): readonly string[] {
  return Object.keys(object(manifest[field] ?? {}, field))
}
