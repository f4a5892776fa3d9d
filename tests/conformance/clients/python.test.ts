import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestServer } from '@kairship/apiserver/testing'
import { describe, expect, it } from 'vitest'
import { run } from '../../support/process.ts'

/** The system's own Python has the client when the package `python3-kubernetes` is installed. */
const python = '/usr/bin/python3'
const installed = existsSync(python) && (await run(python, ['-c', 'import kubernetes'])).code === 0
const script = new URL('lifecycle.py', import.meta.url).pathname

describe.skipIf(!installed)('the Python client', () => {
  it('creates, reads, scales, replaces, watches and deletes, with custom resources and its dynamic client', async () => {
    await using server = await startTestServer()
    const directory = await mkdtemp(join(tmpdir(), 'python-client-'))
    try {
      const kubeconfig = join(directory, 'kubeconfig.yaml')
      await writeFile(kubeconfig, server.kubeconfig)
      const { code, stdout, stderr } = await run(python, [script, kubeconfig], { timeoutMs: 30_000 })
      expect([code, stderr]).toEqual([0, ''])
      expect(JSON.parse(stdout)).toEqual({
        daemonsets: [0],
        nodes: [''],
        scaled: 3,
        replaced: 4,
        watched: 'DELETED c',
        custom: 'Foo',
        dynamic: ['f'],
        missing: [404, 'NotFound'],
        deleted: expect.anything(),
      })
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })
})
