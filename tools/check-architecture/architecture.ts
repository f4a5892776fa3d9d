import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface PackageRules {
  /** `x` allows every entry of package x, `x/entry` only that one, `*` everything. */
  readonly imports: readonly string[]
  /** Edges that only test files may use. */
  readonly tests: readonly string[]
  /** Of `imports`, those that are loaded on demand, with the files that may import them, which are loaded on demand themselves. */
  readonly lazy: Readonly<Record<string, readonly string[]>>
  /** Set for packages that also run in browsers: where Node modules are allowed all the same. */
  readonly browser: { readonly except: readonly string[] } | undefined
  /** Folders that import nothing of their package but themselves, and of other packages only these. */
  readonly sealed: Readonly<Record<string, readonly string[]>>
  /** Folders of others that relative imports may lead to. For programs without an audience only. */
  readonly reaches: readonly string[]
}

export interface Architecture {
  readonly scope: string
  readonly packages: ReadonlyMap<string, PackageRules>
  readonly budget: {
    readonly warn: number
    readonly error: number
    readonly readme: number
    readonly allowed: Readonly<Record<string, number>>
  }
}

export function readArchitecture(root: string): Architecture {
  const file = object(JSON.parse(readFileSync(join(root, 'architecture.json'), 'utf8')), 'architecture.json')
  const budget = object(file['budget'], 'budget')
  const packages = Object.entries(object(file['packages'], 'packages')).map(
    ([directory, rules]) => [directory, parseRules(object(rules, directory), directory)] as const,
  )
  return {
    scope: typeof file['scope'] === 'string' ? file['scope'] : '',
    packages: new Map(packages),
    budget: {
      warn: number(budget['warn'], 'budget.warn'),
      error: number(budget['error'], 'budget.error'),
      readme: number(budget['readme'], 'budget.readme'),
      allowed: Object.fromEntries(
        Object.entries(object(budget['allowed'] ?? {}, 'budget.allowed')).map(([path, lines]) => [
          path,
          number(lines, path),
        ]),
      ),
    },
  }
}

function parseRules(rules: Readonly<Record<string, unknown>>, where: string): PackageRules {
  const known = ['imports', 'tests', 'lazy', 'browser', 'sealed', 'reaches']
  const unknown = Object.keys(rules).filter((key) => !known.includes(key))
  if (unknown.length > 0) throw new Error(`architecture.json: ${where} has unknown ${unknown.join(', ')}`)
  const browser = rules['browser'] === undefined ? undefined : object(rules['browser'], `${where}.browser`)
  return {
    imports: strings(rules['imports'], `${where}.imports`),
    tests: strings(rules['tests'] ?? [], `${where}.tests`),
    lazy: lists(rules['lazy'], `${where}.lazy`),
    browser: browser && { except: strings(browser['except'], `${where}.browser.except`) },
    sealed: lists(rules['sealed'], `${where}.sealed`),
    reaches: strings(rules['reaches'] ?? [], `${where}.reaches`),
  }
}

function lists(value: unknown, where: string): Readonly<Record<string, readonly string[]>> {
  const entries = Object.entries(object(value ?? {}, where))
  return Object.fromEntries(entries.map(([key, list]) => [key, strings(list, `${where}.${key}`)]))
}
export function object(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new Error(`${where} must be an object`)
}
function strings(value: unknown, where: string): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw new Error(`${where} must be a list of strings`)
}
function number(value: unknown, where: string): number {
  if (typeof value === 'number') return value
  throw new Error(`${where} must be a number`)
}
