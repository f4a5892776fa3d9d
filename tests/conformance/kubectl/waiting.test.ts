import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../../support/process.ts'
import { type Bench, defaultKubectl, startBench, webDeployment } from './support.ts'

describe('kubectl that waits', () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await startBench()
  })
  afterAll(() => bench[Symbol.asyncDispose]())

  const ok = (...parameters: string[]): Promise<string> => bench.ok(parameters)
  const namespaced = async (name: string): Promise<string[]> => {
    await ok('create', 'namespace', name)
    return ['-n', name]
  }

  it('watches: what is there, then what changes', async () => {
    const ns = await namespaced('watch')
    const child = spawn(
      defaultKubectl,
      [
        '--kubeconfig',
        join(bench.directory, 'kubeconfig.yaml'),
        'get',
        'configmaps',
        '-l',
        'w',
        '-w',
        '-o',
        'name',
        ...ns,
      ],
      { env: { ...process.env, HOME: bench.directory } },
    )
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    try {
      const labelled = (name: string) =>
        JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { w: '1' } } })
      await bench.ok(['create', '-f', '-', ...ns], { input: labelled('one') })
      await eventually(() => expect(output).toBe('configmap/one\n'))
      await bench.ok(['create', '-f', '-', ...ns], { input: labelled('two') })
      await eventually(() => expect(output).toBe('configmap/one\nconfigmap/two\n'))
    } finally {
      child.kill()
    }
  })

  it('waits for conditions and deletions', async () => {
    const ns = await namespaced('wait')
    await bench.ok(['apply', '-f', '-', ...ns], { input: webDeployment('nginx:1') })
    const waiting = bench.ok(['wait', '--for=condition=Available', 'deployment/web', '--timeout=20s', ...ns])
    const conditions = [{ type: 'Available', status: 'True', reason: 'Test', message: 'set by hand' }]
    const status = JSON.stringify({ status: { observedGeneration: 1, conditions } })
    await ok('patch', 'deployment', 'web', '--subresource=status', '--type=merge', '-p', status, ...ns)
    expect(await waiting).toBe('deployment.apps/web condition met\n')
    const missed = await bench.kubectl(['wait', '--for=condition=Progressing', 'deployment/web', '--timeout=1s', ...ns])
    expect(missed.code).toBe(1)
    expect(missed.stderr).toContain('timed out waiting for the condition')
    const gone = bench.ok(['wait', '--for=delete', 'deployment/web', '--timeout=20s', ...ns])
    await ok('delete', 'deployment', 'web', '--wait', ...ns)
    await gone
    expect(await bench.fails(['get', 'deployment', 'web', ...ns])).toContain(
      'Error from server (NotFound): deployments.apps "web" not found',
    )
  })

  it('follows a rollout', async () => {
    const ns = await namespaced('rollout')
    await bench.ok(['apply', '-f', '-', ...ns], { input: webDeployment('nginx:1') })
    const following = bench.ok(['rollout', 'status', 'deployment/web', '--timeout=20s', ...ns])
    const done = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 }
    const status = JSON.stringify({ status: done })
    await ok('patch', 'deployment', 'web', '--subresource=status', '--type=merge', '-p', status, ...ns)
    expect(await following).toContain('deployment "web" successfully rolled out')
    await ok('rollout', 'restart', 'deployment/web', ...ns)
    expect(
      await ok('get', 'deployment', 'web', '-o', 'jsonpath={.spec.template.metadata.annotations}', ...ns),
    ).toContain('kubectl.kubernetes.io/restartedAt')
  })
})
