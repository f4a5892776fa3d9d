import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, fleet, fleetDefinition, kubectlVersions, startBench, webDeployment } from './support.ts'

const versions = await kubectlVersions()

// Old clients differ in what they ask of discovery and OpenAPI (trap 4), in bodies (trap 1) and in waiting (traps 2, 3).
describe.skipIf(versions.size === 0)('every kubectl on this machine', () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await startBench()
    await bench.ok(['apply', '-f', '-'], { input: fleetDefinition })
    await bench.ok(['wait', '--for=condition=Established', 'crd/fleets.example.com', '--timeout=10s'])
  })
  afterAll(() => bench[Symbol.asyncDispose]())

  it.each([...versions])(
    '%s creates, applies, explains, compares, waits and deletes',
    async (version, program) => {
      const namespace = `v${version.replace('.', '-')}`
      const ns = ['-n', namespace]
      const ok = (parameters: string[], input?: string): Promise<string> =>
        bench.ok(parameters, { program, ...(input === undefined ? {} : { input }) })
      await ok(['create', 'namespace', namespace])
      await ok(['create', 'configmap', 'cm', '--from-literal=a=b', ...ns])
      await ok(['create', 'deployment', 'made', '--image=nginx:1', ...ns])
      expect(await ok(['apply', '-f', '-', ...ns], webDeployment('nginx:1'))).toBe('deployment.apps/web created\n')
      expect(await ok(['apply', '-f', '-', ...ns], webDeployment('nginx:1'))).toBe('deployment.apps/web unchanged\n')
      expect(await ok(['apply', '-f', '-', ...ns], webDeployment('nginx:2'))).toBe('deployment.apps/web configured\n')
      expect(await ok(['explain', 'deployment.spec.replicas'])).toMatch(/FIELD: +replicas <integer>/)
      const diff = await bench.kubectl(['diff', '-f', '-', ...ns], { program, input: webDeployment('nginx:3') })
      expect([diff.code, diff.stdout.includes('nginx:3')]).toEqual([1, true])
      expect(await ok(['get', 'deployments', ...ns])).toMatch(/^web +0\/1/m)
      expect(await ok(['auth', 'can-i', 'list', 'pods'])).toBe('yes\n')
      expect(await ok(['api-resources'])).toContain('deployments')
      await ok(['wait', '--for=jsonpath={.spec.replicas}=1', 'deployment/web', '--timeout=10s', ...ns])
      await ok(['scale', 'deployment', 'web', '--replicas=0', ...ns])
      await ok(['describe', 'deployment', 'web', ...ns])
      // Custom resources: another type of patch, which newer clients take from OpenAPI and older ones from what they know.
      const custom = (ships: number): string => fleet(ships).replace('namespace: default', `namespace: ${namespace}`)
      expect(await ok(['apply', '-f', '-'], custom(1))).toBe('fleet.example.com/north created\n')
      expect(await ok(['apply', '-f', '-'], custom(2))).toBe('fleet.example.com/north configured\n')
      const unknown = webDeployment('nginx:3').replace('replicas:', 'replicsa:')
      const refused = await bench.kubectl(['apply', '-f', '-', ...ns], { program, input: unknown })
      expect([refused.code === 0, /unknown field "(spec\.)?replicsa"/.test(refused.stderr)]).toEqual([false, true])
      await ok(['delete', 'deployment', 'web', '--wait', ...ns])
      await ok(['delete', 'namespace', namespace, '--timeout=20s'])
    },
    60_000,
  )
})
