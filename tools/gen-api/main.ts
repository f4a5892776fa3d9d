import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Collector } from './collect.ts'
import { emitTypeScript } from './emit-types.ts'
import { fail, type TypeFacts } from './model.ts'
import { APIEXTENSIONS, APIREGISTRATION, KIND_PACKAGES, META, META_KINDS, PACKAGES } from './roots.ts'
import { parseSmd } from './smd.ts'

const { values } = parseArgs({
  options: { source: { type: 'string' }, versions: { type: 'string' }, notes: { type: 'boolean', default: false } },
})
const source = values.source ?? fail('--source DIR is required: the folder that holds k8s.io/')
const versions = values.versions ?? fail('--versions is required, e.g. golang-k8s-api-dev=0.36.4-1,…')

const internal = 'k8s.io/client-go/applyconfigurations/internal/internal.go'
const collector = new Collector(source, PACKAGES, parseSmd(readFileSync(join(source, internal), 'utf8')))
for (const path of [...KIND_PACKAGES, APIEXTENSIONS]) {
  for (const kind of collector.kindsOf(path)) collector.addStruct(path, kind)
}
for (const kind of META_KINDS) collector.addStruct(META, kind)
for (const [name, fact] of Object.entries(APIREGISTRATION)) collector.facts.set(name, fact)

const target = new URL('../../packages/api/src/builtin/generated/', import.meta.url)
const sources = Object.fromEntries(versions.split(',').map((entry) => entry.split('=')))
writeFileSync(new URL('types.json', target), emitJson(sources, collector.facts))
writeFileSync(new URL('types.gen.ts', target), emitTypeScript(collector.facts))
if (values.notes) for (const note of collector.notes) process.stdout.write(`${note}\n`)
process.stdout.write(`${collector.facts.size} types, ${collector.notes.length} notes\n`)

/** One type a line, sorted, so that a new upstream version reads as a small diff. */
function emitJson(packages: unknown, facts: TypeFacts): string {
  const lines = [...facts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, fact]) => `${JSON.stringify(name)}:${JSON.stringify(fact)}`)
  return `{"sources":${JSON.stringify(packages)},\n"types":{\n${lines.join(',\n')}\n}}\n`
}
