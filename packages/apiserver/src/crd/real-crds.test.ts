import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '@kairship/apimachinery'
import { parseYamlDocuments } from '@kairship/apimachinery/yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer } from '../testing/index.ts'
import type { TestServer } from '../testing/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const crds = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' } as const
const fixtures = join(import.meta.dirname, '../../../../../shared/fixtures')

describe.skipIf(!existsSync(fixtures))('large real CRDs', () => {
  for (const folder of ['crds-karmada', 'crds-prometheus']) {
    it(`of ${folder} are taken without a warning and come back unchanged`, async () => {
      for (const file of readdirSync(join(fixtures, folder))) {
        const [crd] = parseYamlDocuments(readFileSync(join(fixtures, folder, file), 'utf8')) as JsonObject[]
        if (crd === undefined) throw new Error(file)
        const reply = await server.connection.request({
          ...crds,
          verb: 'create',
          body: crd,
          query: { fieldValidation: 'Strict' },
        })
        expect([file, reply.status, reply.warnings]).toEqual([file, 201, []])
        expect(reply.body['spec']).toMatchObject({ versions: (crd['spec'] as JsonObject)['versions'] })
      }
    })
  }
})
