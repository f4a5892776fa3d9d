import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { blankComments, lineAt } from '../imports.ts'
import type { Rule } from '../violation.ts'

const embeddable = 'only programs read the environment, handle signals and exit; a package can be embedded anywhere'
const noState = 'two servers in one process must not see each other (I5)'
const oneConcept = 'a name for leftovers collects leftovers; name the folder after its concept'
const readable = 'long files hide more than one concept'
const shrinking = 'the list of exceptions may only shrink'
const explained = 'the README is where a reader begins'

const ownsTheProcess = /^(apps|tools|tests|bench|examples)\//
const processUse = /\bprocess\.(?:env|argv|exit|exitCode|on|once)\b/g
const moduleState = /^(?:export )?(?:let|var) \w+/gm
const leftovers = /(?:^|\/)(?:utils?|common|helpers?|shared|misc)(?:\/|\.[jt]sx?$)/

/** Packages leave the process to programs. */
export const processes: Rule = function* (workspace) {
  for (const { path, text, isTest, isGenerated } of workspace.packages.flatMap(({ files }) => files)) {
    if (isTest || isGenerated || ownsTheProcess.test(path)) continue
    const code = blankComments(text)
    for (const { 0: what, index } of code.matchAll(processUse)) {
      yield { level: 'error', where: `${path}:${lineAt(code, index)}`, what, why: embeddable }
    }
    for (const { 0: what, index } of code.matchAll(moduleState)) {
      yield { level: 'error', where: `${path}:${lineAt(code, index)}`, what: `${what} at module level`, why: noState }
    }
  }
}

/** Folders and files say what they are about. */
export const names: Rule = function* (workspace) {
  for (const { path } of workspace.packages.flatMap(({ files }) => files)) {
    if (leftovers.test(path)) yield { level: 'error', where: path, what: 'a name that says nothing', why: oneConcept }
  }
}

/** Files stay short, and exceptions are temporary. */
export const budgets: Rule = function* (workspace, { budget }) {
  const lengths = new Map<string, number>()
  for (const { path, text, isGenerated } of workspace.packages.flatMap(({ files }) => files)) {
    if (!isGenerated) lengths.set(path, text.split('\n').length - 1)
  }
  for (const [path, lines] of lengths) {
    const allowed = budget.allowed[path]
    const most = allowed ?? budget.error
    if (lines > most) yield { level: 'error', where: path, what: `${lines} lines; at most ${most}`, why: readable }
    else if (allowed === undefined && lines > budget.warn) {
      yield { level: 'warning', where: path, what: `${lines} lines; ${budget.warn} is the rule`, why: readable }
    }
  }
  for (const path of Object.keys(budget.allowed)) {
    const lines = lengths.get(path) ?? 0
    if (lines <= budget.error) {
      yield { level: 'error', where: 'architecture.json', what: `${path} no longer needs an exception`, why: shrinking }
    }
  }
}

/** Every package explains itself, briefly, and exports files that exist. */
export const frontDoors: Rule = function* (workspace, { budget }) {
  for (const { directory, exports } of workspace.packages) {
    for (const [entry, target] of Object.entries(exports)) {
      if (typeof target === 'string' && !existsSync(join(workspace.root, directory, target))) {
        yield { level: 'error', where: `${directory}/package.json`, what: `${entry}: no ${target}`, why: explained }
      }
    }
    if (!/^(packages|providers|apps)\//.test(directory)) continue
    const readme = join(workspace.root, directory, 'README.md')
    if (!existsSync(readme)) {
      yield { level: 'error', where: directory, what: 'no README.md', why: explained }
      continue
    }
    const lines = readFileSync(readme, 'utf8').split('\n').length - 1
    if (lines > budget.readme) {
      yield {
        level: 'error',
        where: `${directory}/README.md`,
        what: `${lines} lines; at most ${budget.readme}`,
        why: explained,
      }
    }
  }
}
