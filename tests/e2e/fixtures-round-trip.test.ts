import { parseYamlDocuments } from '@kairship/apimachinery/yaml'
import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixtures, type Kairship, kubectl, kubectlOk, startKairship } from '../support/kairship.ts'
import { eventually } from '../support/process.ts'
import { itemsOf } from '../support/objects.ts'

function manifests(folder: string): string[] {
  const root = join(fixtures, folder)
  if (!existsSync(root)) return []
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(root, file))
    .toSorted()
}

/** Every field that was applied is there and equal; the server may have added others. */
function expectContained(actual: unknown, wanted: unknown, path: string): void {
  if (Array.isArray(wanted)) {
    expect(Array.isArray(actual) ? actual.length : actual, path).toBe(wanted.length)
    wanted.forEach((item, index) =>
      expectContained(Array.isArray(actual) ? actual[index] : undefined, item, `${path}[${index}]`),
    )
  } else if (typeof wanted === 'object' && wanted !== null) {
    expect(typeof actual === 'object' && actual !== null, path).toBe(true)
    for (const [key, value] of Object.entries(wanted)) {
      if (value === null || (typeof value === 'object' && Object.keys(value).length === 0)) continue
      if (path === '' && key === 'status') continue
      expectContained(Reflect.get(Object(actual), key), value, path === '' ? key : `${path}.${key}`)
    }
    // A real server leaves out Go's zero values as well.
  } else if (actual !== undefined || ![0, '', false].some((zero) => zero === wanted)) expect(actual, path).toBe(wanted)
}

describe.skipIf(!existsSync(fixtures))('real manifests (those beside the repository)', () => {
  let kairship: Kairship
  beforeAll(async () => {
    kairship = await startKairship()
    const created = await kairship.cli(['instance', 'create', 'fixtures'])
    expect(created.code, created.stderr).toBe(0)
    await eventually(() => itemsOf(kairship.kubeconfig('instances/fixtures'), 'namespaces'))
  })
  afterAll(async () => {
    await kairship[Symbol.asyncDispose]()
  })

  const applyAll = async (kubeconfig: string, files: readonly string[]): Promise<void> => {
    for (const file of files) {
      // The two largest would not fit into kubectl's last-applied annotation, as with upstream.
      const large = /prometheus|workload\.example|operator\.karmada/.test(file)
        ? ['--server-side', '--force-conflicts']
        : []
      const result = await kubectl(kubeconfig, ['apply', ...large, '-f', file])
      expect([file, result.code, result.stderr.replaceAll(/^Warning:.*\n/gm, '')]).toEqual([file, 0, ''])
      const back = JSON.parse(await kubectlOk(kubeconfig, ['get', '-f', file, '-o', 'json']))
      const wanted = parseYamlDocuments(await readFile(file, 'utf8'))
      const list = (value: { kind: string; items?: unknown[] }): unknown[] =>
        value.kind === 'List' ? (value.items ?? []) : [value]
      for (const [index, object] of wanted.entries()) expectContained(list(back)[index], object, '')
    }
  }

  it('applies every application to an instance and reads it back unchanged', async () => {
    await applyAll(
      kairship.kubeconfig('instances/fixtures'),
      manifests('apps').filter((file) => !file.endsWith('guestbook.yaml')),
    )
    const guestbook = manifests('apps').find((file) => file.endsWith('guestbook.yaml')) ?? ''
    await kubectlOk(kairship.kubeconfig('instances/fixtures'), ['create', 'namespace', 'gb'])
    await kubectlOk(kairship.kubeconfig('instances/fixtures'), ['apply', '-n', 'gb', '-f', guestbook])
  })

  it('applies the large Prometheus CRDs and reads them back unchanged', async () => {
    await applyAll(kairship.kubeconfig('instances/fixtures'), manifests('crds-prometheus'))
  })

  it("applies Karmada's own CRDs to the hub and to an instance and reads them back unchanged", async () => {
    await applyAll(kairship.kubeconfig('hub'), manifests('crds-karmada'))
    await applyAll(kairship.kubeconfig('instances/fixtures'), manifests('crds-karmada'))
  })

  it("applies all of Karmada's samples to an instance", async () => {
    const instance = kairship.kubeconfig('instances/fixtures')
    const samples = manifests('karmada-samples')
    const crds = samples.filter((file) => /crd|apis\//.test(file))
    await applyAll(instance, crds)
    for (const file of samples.filter((name) => !crds.includes(name))) {
      const result = await kubectl(instance, ['apply', '-f', file])
      // Input of a command line tool, without apiVersion and kind: kubectl itself refuses it.
      if (file.endsWith('status-file.yaml')) continue
      expect([file, result.code, result.stderr.replaceAll(/^Warning:.*\n/gm, '')]).toEqual([file, 0, ''])
    }
  })
})
