import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, startBench, webDeployment } from './support.ts'

describe('kubectl', () => {
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

  it('creates typed objects, which it sends as protobuf (trap 1)', async () => {
    const ns = await namespaced('typed')
    await ok('create', 'configmap', 'cm', '--from-literal=a=b', ...ns)
    await ok('create', 'secret', 'generic', 'secret', '--from-literal=password=geheim', ...ns)
    await ok('create', 'deployment', 'web', '--image=nginx:1', '--replicas=2', '--port=80', ...ns)
    await ok('create', 'service', 'clusterip', 'web', '--tcp=80:8080', ...ns)
    await ok('create', 'role', 'reader', '--verb=get,list', '--resource=pods,deployments.apps', ...ns)
    await ok('create', 'rolebinding', 'readers', '--role=reader', '--user=bob', ...ns)
    await ok('create', 'serviceaccount', 'robot', ...ns)
    await ok('create', 'job', 'once', '--image=busybox:1', ...ns)
    await ok('create', 'cronjob', 'often', '--image=busybox:1', '--schedule=*/5 * * * *', ...ns)
    await ok('create', 'ingress', 'front', '--rule=example.com/*=web:80', ...ns)
    await ok('create', 'quota', 'limits', '--hard=pods=3', ...ns)
    await ok('create', 'poddisruptionbudget', 'web', '--selector=app=web', '--min-available=1', ...ns)
    await ok('create', 'priorityclass', 'urgent', '--value=1000')
    const secret = JSON.parse(await ok('get', 'secret', 'secret', '-o', 'json', ...ns))
    expect(secret).toMatchObject({ type: 'Opaque', data: { password: Buffer.from('geheim').toString('base64') } })
    const deployment = JSON.parse(await ok('get', 'deployment', 'web', '-o', 'json', ...ns))
    expect(deployment.spec).toMatchObject({
      replicas: 2,
      revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    })
    expect(deployment.spec.template.spec.containers[0].ports).toEqual([{ containerPort: 80, protocol: 'TCP' }])
  })

  it('answers who may do what, over protobuf as well', async () => {
    expect(await ok('auth', 'can-i', 'create', 'pods')).toBe('yes\n')
    expect(await ok('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).toBe('admin')
    const denied = await bench.kubectl(['auth', 'can-i', 'create', 'pods', '--as=bob', '--as-group=dev'])
    expect([denied.code, denied.stdout]).toEqual([1, 'no\n'])
    expect(await bench.fails(['get', 'pods', '--as=bob'])).toContain(
      'Error from server (Forbidden): pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"',
    )
    const [header = ''] = (await ok('create', 'token', 'default')).split('.')
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ alg: 'RS256' })
  })

  it('applies: created, unchanged, configured; and only what changed', async () => {
    const ns = await namespaced('apply')
    const apply = (image: string, more = '') =>
      bench.ok(['apply', '-f', '-', ...ns], { input: webDeployment(image, more) })
    expect(await apply('nginx:1')).toBe('deployment.apps/web created\n')
    const before = await ok('get', 'deployment', 'web', '-o', 'jsonpath={.metadata.resourceVersion}', ...ns)
    expect(await apply('nginx:1')).toBe('deployment.apps/web unchanged\n')
    expect(await ok('get', 'deployment', 'web', '-o', 'jsonpath={.metadata.resourceVersion}', ...ns)).toBe(before)
    expect(await apply('nginx:2')).toBe('deployment.apps/web configured\n')
    expect(
      await ok('get', 'deployment', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}', ...ns),
    ).toBe('nginx:2')
    // A second container joins by its name and leaves again.
    expect(await apply('nginx:2', '      - {name: side, image: "busybox:1"}\n')).toContain('configured')
    expect(await apply('nginx:2')).toContain('configured')
    expect(await ok('get', 'deployment', 'web', '-o', 'jsonpath={.spec.template.spec.containers[*].name}', ...ns)).toBe(
      'web',
    )
  })

  it('applies on the server side, shows conflicts and forces', async () => {
    const ns = await namespaced('server-side')
    const apply = (manager: string, data: string, ...more: string[]) =>
      bench.kubectl(['apply', '--server-side', `--field-manager=${manager}`, '-f', '-', ...more, ...ns], {
        input: `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\ndata: {${data}}\n`,
      })
    expect((await apply('one', 'a: "1", b: "1"')).stdout).toBe('configmap/shared serverside-applied\n')
    const conflict = await apply('two', 'a: "2"')
    expect(conflict.code).not.toBe(0)
    expect(conflict.stderr).toContain('Apply failed with 1 conflict: conflict with "one": .data.a')
    expect((await apply('two', 'a: "2"', '--force-conflicts')).code).toBe(0)
    // What `one` no longer says goes; what `two` owns stays.
    expect((await apply('one', 'c: "3"')).code).toBe(0)
    expect(await ok('get', 'configmap', 'shared', '-o', 'jsonpath={.data}', ...ns)).toBe('{"a":"2","c":"3"}')
  })

  it('refuses unknown fields by name and stores nothing', async () => {
    const ns = await namespaced('strict')
    const input = webDeployment('nginx:1').replace('replicas:', 'replicsa:')
    const { code, stderr } = await bench.kubectl(['apply', '-f', '-', ...ns], { input })
    expect(code).not.toBe(0)
    expect(stderr).toContain('unknown field "spec.replicsa"')
    expect(await ok('get', 'deployments', '-o', 'name', ...ns)).toBe('')
  })

  it('edits, patches, scales, labels, annotates, sets, replaces', async () => {
    const ns = await namespaced('change')
    await bench.ok(['apply', '-f', '-', ...ns], { input: webDeployment('nginx:1') })
    const get = (path: string): Promise<string> => ok('get', 'deployment', 'web', '-o', `jsonpath=${path}`, ...ns)
    const editor = join(bench.directory, 'editor.sh')
    await writeFile(editor, '#!/bin/sh\nsed -i "s/replicas: 1/replicas: 3/" "$1"\n', { mode: 0o755 })
    expect(await bench.ok(['edit', 'deployment', 'web', ...ns], { env: { KUBE_EDITOR: editor } })).toBe(
      'deployment.apps/web edited\n',
    )
    expect(await get('{.spec.replicas}')).toBe('3')
    await ok('scale', 'deployment', 'web', '--replicas=5', ...ns)
    expect(await get('{.spec.replicas}')).toBe('5')
    await ok('label', 'deployment', 'web', 'tier=front', ...ns)
    expect(await get('{.metadata.labels}')).toBe('{"app":"web","tier":"front"}')
    await ok('label', 'deployment', 'web', 'tier-', ...ns)
    await ok('annotate', 'deployment', 'web', 'note=hello world', ...ns)
    expect(await get('{.metadata.annotations.note}')).toBe('hello world')
    await ok('set', 'image', 'deployment/web', 'web=nginx:7', ...ns)
    expect(await get('{.spec.template.spec.containers[0].image}')).toBe('nginx:7')
    await ok('set', 'env', 'deployment/web', 'COLOUR=blue', ...ns)
    for (const [type, patch] of [
      ['strategic', '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:8"}]}}}}'],
      ['merge', '{"spec":{"minReadySeconds":7}}'],
      ['json', '[{"op":"replace","path":"/spec/replicas","value":2}]'],
    ]) {
      await ok('patch', 'deployment', 'web', `--type=${type}`, '-p', patch ?? '', ...ns)
    }
    expect(await get('{.spec.replicas} {.spec.minReadySeconds} {.spec.template.spec.containers[0].image}')).toBe(
      '2 7 nginx:8',
    )
    expect(await get('{.spec.template.spec.containers[0].env[0].value}')).toBe('blue')
    const whole = await ok('get', 'deployment', 'web', '-o', 'yaml', ...ns)
    await bench.ok(['replace', '-f', '-', ...ns], { input: whole.replace('replicas: 2', 'replicas: 4') })
    expect(await get('{.spec.replicas}')).toBe('4')
    await ok(
      'patch',
      'deployment',
      'web',
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"replicas":4}}',
      ...ns,
    )
    expect(await get('{.status.replicas}')).toBe('4')
  })

  it('shows differences without storing them', async () => {
    const ns = await namespaced('diff')
    await bench.ok(['apply', '-f', '-', ...ns], { input: webDeployment('nginx:1') })
    const none = await bench.kubectl(['diff', '-f', '-', ...ns], { input: webDeployment('nginx:1') })
    expect([none.code, none.stdout]).toEqual([0, ''])
    const some = await bench.kubectl(['diff', '-f', '-', ...ns], { input: webDeployment('nginx:2') })
    expect(some.code).toBe(1)
    expect(some.stdout).toMatch(/^-\s+- image: nginx:1\n\+\s+- image: nginx:2$/m)
    expect(await bench.ok(['apply', '--dry-run=server', '-f', '-', ...ns], { input: webDeployment('nginx:2') })).toBe(
      'deployment.apps/web configured (server dry run)\n',
    )
    expect(await ok('get', 'deployment', 'web', '-o', 'jsonpath={..image}', ...ns)).toBe('nginx:1')
  })

  it('explains kinds and fields', async () => {
    const field = await ok('explain', 'deployment.spec.strategy.rollingUpdate')
    expect(field).toMatch(/KIND:\s+Deployment\nVERSION:\s+v1\n\nFIELD: rollingUpdate <RollingUpdateDeployment>/)
    expect(field).toContain('maxSurge')
    expect(await ok('explain', 'pods', '--recursive')).toContain('containerPort')
  })

  it('lists what the server serves', async () => {
    const wide = await ok('api-resources', '-o', 'wide')
    expect(wide).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment +\S+ +all$/m)
    expect(await ok('api-versions')).toContain('rbac.authorization.k8s.io/v1\n')
    expect(await ok('version', '-o', 'json')).toContain('"gitVersion": "v1.')
    expect(await ok('cluster-info')).toContain('is running at')
  })

  it('prints tables as the server decides', async () => {
    const ns = await namespaced('tables')
    await bench.ok(['apply', '-f', '-', ...ns], { input: webDeployment('nginx:1') })
    const wide = await ok('get', 'deployments', '-o', 'wide', ...ns)
    expect(wide).toMatch(/^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR\n/)
    expect(wide).toMatch(/^web +0\/1 +0 +0 +\d+s +web +nginx:1 +app=web$/m)
    expect(await ok('get', 'all', '-A')).toMatch(/^tables +deployment.apps\/web +0\/1/m)
    expect(await ok('get', 'deployments', '-A', '--sort-by=.metadata.name')).toContain('web')
    expect(await ok('get', 'deployments', '-L', 'app', '-l', 'app=web', ...ns)).toMatch(/^web .*web$/m)
  })

  it('lists in pages', async () => {
    const ns = await namespaced('pages')
    const items = Array.from({ length: 25 }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `page-${index}`, labels: { paged: 'yes' } },
    }))
    await bench.ok(['create', '-f', '-', ...ns], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
    const names = await ok('get', 'configmaps', '-l', 'paged', '--chunk-size=10', '-o', 'name', ...ns)
    expect(names.trim().split('\n')).toHaveLength(25)
  })

  it('describes', async () => {
    const ns = await namespaced('describe')
    await bench.ok(['apply', '-f', '-', ...ns], { input: webDeployment('nginx:1') })
    expect(await ok('describe', 'deployment', 'web', ...ns)).toMatch(/^Image:|^ +Image: +nginx:1$/m)
    expect(await ok('describe', 'namespace', 'describe')).toContain('Status:       Active')
  })

  it('deletes by file, by label and everything in a namespace', async () => {
    const ns = await namespaced('delete')
    await bench.ok(['apply', '-f', '-', ...ns], { input: webDeployment('nginx:1') })
    await bench.ok(['delete', '-f', '-', ...ns], { input: webDeployment('nginx:1') })
    await ok('create', 'configmap', 'a', ...ns)
    await ok('create', 'configmap', 'b', ...ns)
    await ok('label', 'configmap', 'a', 'doomed=yes', ...ns)
    await ok('delete', 'configmaps', '-l', 'doomed=yes', ...ns)
    expect(await ok('get', 'configmaps', '-o', 'name', ...ns)).not.toContain('configmap/a\n')
    expect(await bench.ok(['delete', 'namespace', 'delete', '--timeout=20s'])).toBe('namespace "delete" deleted\n')
    expect(await bench.fails(['get', 'namespace', 'delete'])).toContain('namespaces "delete" not found')
  })

  it('does not take broken input', async () => {
    const ns = await namespaced('broken')
    expect(await bench.fails(['apply', '-f', '-', ...ns], { input: 'a: [b' })).toContain('error')
    const large = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'large' },
      data: { a: 'x'.repeat(3_200_000) },
    }
    expect(await bench.fails(['create', '-f', '-', ...ns], { input: JSON.stringify(large) })).toContain(
      'Request entity too large: limit is 3145728',
    )
    expect(await ok('get', 'configmaps', '-o', 'name', ...ns)).not.toContain('large')
    expect(await bench.fails(['create', 'configmap', 'B_ad', ...ns])).toContain(
      'metadata.name: Invalid value: "B_ad": a lowercase RFC 1123 subdomain must consist of',
    )
  })
})
