import { posix } from 'node:path'
import type { PackageRules } from '../architecture.ts'
import type { Import } from '../imports.ts'
import type { Rule, Violation } from '../violation.ts'
import type { Package, SourceFile } from '../workspace.ts'

const directions = 'dependencies point one way, as architecture.json says; components meet through API objects (I6)'
const frontDoor = 'a package is used through its exports; everything else in it may change at any time'
const declared = 'what is not declared is only there by accident of somebody else declaring it'
const closed = 'a relative path out of the package avoids its front door and its declared edges'
const onDemand = 'it is large and only some commands need it: load it where it is used'
const inBrowsers = 'the package also runs in browsers, where Node modules do not exist'
const pure = 'this folder is used from elsewhere because it stands alone'

/** Manifests and imports stay within the edges that `architecture.json` allows. */
export const edges: Rule = function* (workspace, { scope, packages: allowed }) {
  const byName = new Map(workspace.packages.map((one) => [one.name, one]))
  for (const directory of allowed.keys()) {
    if (!workspace.packages.some((one) => one.directory === directory)) {
      yield error('architecture.json', `${directory} does not exist`, directions)
    }
  }
  for (const one of workspace.packages) {
    const rules = allowed.get(one.directory)
    if (rules === undefined) {
      yield error('architecture.json', `${one.directory} has no row`, directions)
      continue
    }
    for (const dependency of one.dependencies) {
      if (dependency.startsWith(scope) && !mayDepend(rules, dependency.slice(scope.length))) {
        yield error(`${one.directory}/package.json`, `must not depend on ${dependency}`, directions)
      }
    }
    for (const file of one.files) {
      for (const found of file.imports) {
        const where = `${file.path}:${found.line}`
        if (found.specifier.startsWith('.')) yield* checkRelative(one, rules, file, found, where)
        else if (found.specifier.startsWith(scope)) yield* checkWorkspace(one, rules, file, found, where, scope, byName)
        else yield* checkOutside(one, rules, file, found, where, workspace.rootDependencies)
      }
    }
  }
}

function* checkRelative(
  one: Package,
  rules: PackageRules,
  file: SourceFile,
  found: Import,
  where: string,
): Iterable<Violation> {
  const target = posix.join(posix.dirname(file.path), found.specifier)
  if (![one.directory, ...rules.reaches].some((place) => inside(target, place))) {
    yield error(where, `${found.specifier} leaves ${one.directory}`, closed)
  }
  const except = rules.browser?.except.map((place) => posix.join(one.directory, place)) ?? []
  const nodeOnly = (path: string): boolean => except.some((place) => inside(path, place))
  if (found.kind !== 'type' && !file.isTest && nodeOnly(target) && !nodeOnly(file.path)) {
    yield error(where, `${found.specifier} needs Node`, inBrowsers)
  }
  const lazyFiles = Object.values(rules.lazy).flatMap((files) => files.map((path) => posix.join(one.directory, path)))
  if (found.kind === 'static' && lazyFiles.includes(target) && !lazyFiles.includes(file.path) && !file.isTest) {
    yield error(where, `static import of ${found.specifier}`, onDemand)
  }
  const seal = sealOf(one, rules, file)
  if (seal !== undefined && !inside(target, seal.folder) && !file.isTest) {
    yield error(where, `${found.specifier} leaves ${seal.folder}`, pure)
  }
}

function* checkWorkspace(
  one: Package,
  rules: PackageRules,
  file: SourceFile,
  found: Import,
  where: string,
  scope: string,
  byName: ReadonlyMap<string, Package>,
): Iterable<Violation> {
  const path = found.specifier.slice(scope.length)
  const [short = '', ...rest] = path.split('/')
  const name = scope + short
  const entry = rest.length === 0 ? '.' : `./${rest.join('/')}`
  const target = byName.get(name)
  if (target === undefined || target.exports[entry] === undefined) {
    yield error(where, `${name} exports no ${entry}`, frontDoor)
  }
  if (name === one.name) {
    yield error(where, `${one.name} imports itself by name`, frontDoor)
    return
  }
  const also = file.isTest ? rules.tests : []
  const seal = file.isTest ? undefined : sealOf(one, rules, file)
  if (!covers(seal?.imports ?? [...rules.imports, ...also], path)) {
    yield error(where, `${seal?.folder ?? one.directory} must not import ${found.specifier}`, directions)
  }
  if (entry === './testing' && !file.isTest) yield error(where, 'test support in a program', frontDoor)
  const from = posix.relative(one.directory, file.path)
  if (found.kind === 'static' && !file.isTest && !(rules.lazy[short]?.includes(from) ?? true)) {
    yield error(where, `static import of ${name}`, onDemand)
  }
  if (rules.imports.includes('*')) return
  const known = file.isTest ? [...one.dependencies, ...one.devDependencies] : one.dependencies
  if (!known.includes(name)) yield error(where, `${name} is not in ${one.directory}/package.json`, declared)
}

function* checkOutside(
  one: Package,
  rules: PackageRules,
  file: SourceFile,
  found: Import,
  where: string,
  everywhere: readonly string[],
): Iterable<Violation> {
  if (found.specifier.startsWith('node:')) {
    const except = rules.browser?.except ?? ['']
    if (!file.isTest && !except.some((place) => inside(file.path, posix.join(one.directory, place)))) {
      yield error(where, found.specifier, inBrowsers)
    }
    return
  }
  const name = found.specifier.split('/', found.specifier.startsWith('@') ? 2 : 1).join('/')
  const isTool = file.isTest || !file.path.startsWith(`${one.directory}/src/`)
  const known = [...one.dependencies, ...(isTool ? [...one.devDependencies, ...everywhere] : [])]
  if (!known.includes(name)) yield error(where, `${name} is not in ${one.directory}/package.json`, declared)
}

function mayDepend(rules: PackageRules, short: string): boolean {
  return rules.imports.some((allowed) => allowed === '*' || allowed.split('/')[0] === short)
}

/** Whether `path` (`x` or `x/entry`) is among the allowed. */
function covers(allowed: readonly string[], path: string): boolean {
  return allowed.some((one) => one === '*' || one === path || (!one.includes('/') && path.startsWith(`${one}/`)))
}

function sealOf(
  one: Package,
  rules: PackageRules,
  file: SourceFile,
): { readonly folder: string; readonly imports: readonly string[] } | undefined {
  for (const [relative, imports] of Object.entries(rules.sealed)) {
    const folder = posix.join(one.directory, relative)
    if (inside(file.path, folder)) return { folder, imports }
  }
  return undefined
}

function inside(path: string, place: string): boolean {
  return path === place || path.startsWith(place.endsWith('/') ? place : `${place}/`)
}

function error(where: string, what: string, why: string): Violation {
  return { level: 'error', where, what, why }
}
