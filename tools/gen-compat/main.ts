import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chaptersOf } from './chapters.ts'
import { ledger, type TestFile } from './document.ts'

// The ledger of behaviours from the names of conformance tests. See README.md.

const root = new URL('../../', import.meta.url).pathname
const target = join(root, 'docs/compat/kubernetes.md')
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })

/** As a reader meets them: the connection, what is there, reading, writing, kinds, who may. */
const order = [
  'api/surface',
  'api/bodies',
  'api/negotiation',
  'api/discovery',
  'api/openapi',
  'api/list',
  'api/selectors',
  'api/watch',
  'api/times',
  'api/compacted',
  'api/tables',
  'api/create',
  'api/update',
  'api/patch',
  'api/scale',
  'api/strategic',
  'api/apply',
  'api/ownership',
  'api/field-validation',
  'api/delete',
  'api/garbage',
  'api/crds',
  'api/custom-validation',
  'api/custom-rules',
  'api/kinds',
  'api/events-leases',
  'api/authentication',
  'api/authorization',
]

/** Tests of upstream's behaviour that live beside the source, because they stand on its insides. */
const besideSource = [
  'crd/conversion',
  'webhooks/webhooks',
  'cel/policy/policy',
  'aggregation/aggregation',
  'aggregation/local',
  'lifecycle/certificates',
  'lifecycle/expiry',
]

const conformance = ['api', 'kubectl', 'clients']
  .flatMap((folder) => readdirSync(join(root, 'tests/conformance', folder)).map((name) => `${folder}/${name}`))
  .filter((name) => name.endsWith('.test.ts'))
  .toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
const paths = [
  ...conformance.map((name) => `tests/conformance/${name}`),
  ...besideSource.map((name) => `packages/apiserver/src/${name}.test.ts`),
]
const files = paths.map((path): TestFile => {
  return { path, chapters: chaptersOf(readFileSync(join(root, path), 'utf8')) }
})

const text = ledger(files)
if (!values.check) writeFileSync(target, text)
else if (readFileSync(target, 'utf8') !== text) {
  process.stderr.write('docs/compat/kubernetes.md is not what the tests say: node tools/gen-compat/main.ts\n')
  process.exitCode = 1
}

function rank(name: string): number {
  const at = order.indexOf(name.replace('.test.ts', ''))
  return at < 0 ? order.length : at
}
