import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { load } from 'js-yaml'

// Karmada's CRD manifests as facts: every description removed, one CRD a line. See README.md.

type Json = { [key: string]: unknown }

const { values } = parseArgs({ options: { source: { type: 'string' }, version: { type: 'string' } } })
if (values.source === undefined || values.version === undefined) {
  throw new Error('--source DIR (the CRD manifests) and --version TEXT (where they are from) are required')
}

const crds: Json[] = []
for (const file of readdirSync(values.source).sort()) {
  // The operator's kind belongs to the host cluster of an upstream Karmada, not to an instance.
  if (!file.endsWith('.yaml') || file.startsWith('operator.karmada.io')) continue
  crds.push(stripCrd(object(load(readFileSync(join(values.source, file), 'utf8')))))
}
const lines = crds.map((crd) => JSON.stringify(crd))
const target = new URL('../../packages/api/src/karmada/generated/crds.json', import.meta.url)
writeFileSync(target, `{"source":${JSON.stringify(values.version)},"crds":[\n${lines.join(',\n')}\n]}\n`)
process.stdout.write(`${crds.length} CRDs\n`)

function stripCrd(crd: Json): Json {
  const spec = object(crd['spec'])
  const versions = list(spec['versions']).map((entry) => {
    const version = object(entry)
    const schema = object(version['schema'])
    const columns = version['additionalPrinterColumns']
    return {
      ...version,
      ...(columns === undefined ? {} : { additionalPrinterColumns: list(columns).map(withoutDescription) }),
      schema: { openAPIV3Schema: stripSchema(object(schema['openAPIV3Schema'])) },
    }
  })
  return {
    apiVersion: crd['apiVersion'],
    kind: crd['kind'],
    metadata: { name: object(crd['metadata'])['name'] },
    spec: { ...spec, versions },
  }
}

/** Removes `description` where it is a keyword, not where it is the name of a property. */
function stripSchema(schema: Json): Json {
  const result: Json = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'description') continue
    if (keyword === 'properties') {
      result[keyword] = Object.fromEntries(
        Object.entries(object(value)).map(([name, property]) => [name, stripSchema(object(property))]),
      )
    } else if (['items', 'additionalProperties', 'not'].includes(keyword) && typeof value === 'object') {
      result[keyword] = stripSchema(object(value))
    } else if (['allOf', 'anyOf', 'oneOf'].includes(keyword)) {
      result[keyword] = list(value).map((entry) => stripSchema(object(entry)))
    } else result[keyword] = value
  }
  return result
}

function withoutDescription(column: unknown): Json {
  const { description: _, ...rest } = object(column)
  return rest
}
function object(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('expected an object')
  return value as Json
}
function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error('expected a list')
  return value
}
