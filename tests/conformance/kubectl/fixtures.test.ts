import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixtures } from '../../support/kairship.ts'
import { eventually } from '../../support/process.ts'
import { type Bench, startBench } from './support.ts'

// Manifests of other projects lie beside the repository, if at all.
const present = existsSync(fixtures)
if (!present) console.warn(`skipped: no manifests at ${fixtures}`)

describe.skipIf(!present)('manifests that people really use', () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await startBench()
  })
  afterAll(() => bench[Symbol.asyncDispose]())

  const established = (group: string): Promise<void> =>
    eventually(async () => {
      const path =
        'jsonpath={range .items[*]}{.spec.group} {.status.conditions[?(@.type=="Established")].status}{"\\n"}{end}'
      const lines = (await bench.ok(['get', 'crd', '-o', path])).trim().split('\n')
      const own = lines.filter((line) => line.split(' ')[0]?.endsWith(group))
      expect(own.length).toBeGreaterThan(0)
      for (const line of own) expect(line).toMatch(/ True$/)
    })

  it('applications apply, stay unchanged when applied again, and go', async () => {
    for (const file of await readdir(join(fixtures, 'apps'))) {
      const namespace = file === 'ingress-nginx.yaml' ? 'ingress-nginx' : `app-${file.replace('.yaml', '')}`
      if (file !== 'ingress-nginx.yaml') await bench.ok(['create', 'namespace', namespace])
      const ns = file === 'ingress-nginx.yaml' ? [] : ['-n', namespace]
      const path = join(fixtures, 'apps', file)
      await bench.ok(['apply', '-f', path, ...ns])
      const state = (): Promise<string> =>
        bench.ok(['get', '-f', path, '-o', 'jsonpath={..metadata.resourceVersion}', ...ns])
      const before = await state()
      // kubectl sends some things again (nulls, volumeClaimTemplates with defaults); nothing may come of it (trap 6).
      await bench.ok(['apply', '-f', path, ...ns])
      expect(await state()).toBe(before)
      // The file's own namespace goes first and may take the rest with it before kubectl comes to it.
      await bench.ok(['delete', '-f', path, '--ignore-not-found', '--timeout=20s', ...ns])
    }
  }, 120_000)

  it('large CRDs apply on the server side and are served', async () => {
    await bench.ok(['apply', '--server-side', '-f', join(fixtures, 'crds-prometheus')])
    await established('monitoring.coreos.com')
    expect(await bench.ok(['explain', 'prometheus.spec.replicas'])).toMatch(/FIELD: replicas <integer>/)
    expect(await bench.ok(['get', 'prometheuses', '-A'])).toBe('')
  }, 60_000)

  it('CRDs of Karmada apply, and so do its samples', async () => {
    await bench.ok(['apply', '--server-side', '-f', join(fixtures, 'crds-karmada')])
    await established('karmada.io')
    const samples = join(fixtures, 'karmada-samples')
    await bench.ok(['apply', '--server-side', '-f', join(samples, 'apis')])
    await bench.ok(['apply', '-f', join(samples, 'guestbook', 'guestbooks-crd.yaml')])
    await established('example.io')
    await eventually(async () => {
      const resources = await bench.ok(['api-resources', '--cached=false', '-o', 'name'])
      expect(resources).toMatch(/^workloads\.workload\.example\.io$/m)
    })
    for (const folder of ['guestbook', 'nginx', 'customresourceinterpreter']) {
      await bench.ok(['apply', '-f', join(samples, folder)])
    }
    expect(await bench.ok(['get', 'propagationpolicies', '-A', '-o', 'name'])).toContain('propagationpolicy')
  }, 60_000)
})
