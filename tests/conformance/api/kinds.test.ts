import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, deployment, foo, fooCrd, install } from './objects.ts'
import { at, list, startWorld, text, type World } from './support.ts'

const merge = 'application/merge-patch+json'

describe('Built-in kinds', () => {
  let world: World
  let core: string
  const apps = '/apis/apps/v1/namespaces/test'
  const batch = '/apis/batch/v1/namespaces/test'
  beforeAll(async () => {
    world = await startWorld()
    core = await world.namespace('test')
    await install(world, fooCrd())
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const make = (path: string, apiVersion: string, kind: string, name: string, more: JsonObject): Promise<JsonObject> =>
    world.ok('POST', path, { body: { apiVersion, kind, metadata: { name }, ...more } })
  const patch = (path: string, body: JsonObject): ReturnType<World['refused']> =>
    world.refused('PATCH', path, { type: merge, body })

  it('default Deployments as upstream does', async () => {
    const template = {
      metadata: { labels: { app: 'd' } },
      spec: {
        containers: [
          { name: 'tagged', image: 'nginx:1', ports: [{ containerPort: 80 }] },
          { name: 'latest', image: 'nginx:latest' },
          { name: 'untagged', image: 'nginx' },
        ],
      },
    }
    const { replicas: _, ...spec } = deployment('d')['spec'] as JsonObject
    const created = await world.ok('POST', `${apps}/deployments`, {
      body: { ...deployment('d'), spec: { ...spec, template } },
    })
    expect(created['spec']).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    })
    expect(at(created, 'spec.template.spec')).toMatchObject({
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
    })
    const containers = list(created, 'spec.template.spec.containers')
    expect(containers.map((each) => text(each, 'imagePullPolicy'))).toEqual(['IfNotPresent', 'Always', 'Always'])
    expect(containers[0]).toMatchObject({
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      resources: {},
      ports: [{ containerPort: 80, protocol: 'TCP' }],
    })
  })

  it('default Services and give them addresses', async () => {
    const created = await make(`${core}/services`, 'v1', 'Service', 's', {
      spec: { ports: [{ port: 80 }], selector: { a: 'b' } },
    })
    expect(created['spec']).toMatchObject({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      clusterIP: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/),
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    })
    expect(at(created, 'spec.clusterIPs')).toEqual([at(created, 'spec.clusterIP')])
    const headless = await make(`${core}/services`, 'v1', 'Service', 'h', {
      spec: { clusterIP: 'None', ports: [{ port: 80 }] },
    })
    expect(at(headless, 'spec.clusterIP')).toBe('None')
    const node = await make(`${core}/services`, 'v1', 'Service', 'n', {
      spec: { type: 'NodePort', ports: [{ port: 80 }] },
    })
    expect(Number(at(node, 'spec.ports.0.nodePort'))).toBeGreaterThanOrEqual(30_000)
  })

  it('default Secrets to Opaque and fold stringData into data', async () => {
    const created = await make(`${core}/secrets`, 'v1', 'Secret', 's', {
      stringData: { a: 'geheim' },
      data: { b: 'eA==' },
    })
    expect(created).toMatchObject({ type: 'Opaque', data: { a: 'Z2VoZWlt', b: 'eA==' } })
    expect(created).not.toHaveProperty('stringData')
  })

  it('default Jobs and give them selector and labels', async () => {
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } }
    const created = await make(`${batch}/jobs`, 'batch/v1', 'Job', 'j', { spec: { template } })
    const uid = at(created, 'metadata.uid')
    expect(created['spec']).toMatchObject({
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      template: {
        metadata: {
          labels: {
            'batch.kubernetes.io/controller-uid': uid,
            'batch.kubernetes.io/job-name': 'j',
            'controller-uid': uid,
            'job-name': 'j',
          },
        },
      },
    })
  })

  it('have a status from the start, with the counts that Go writes in any case', async () => {
    const template = { metadata: { labels: { app: 'z' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const spec = { selector: { matchLabels: { app: 'z' } }, template }
    for (const [resource, kind, status] of [
      ['deployments', 'Deployment', {}],
      ['replicasets', 'ReplicaSet', { replicas: 0 }],
      ['statefulsets', 'StatefulSet', { replicas: 0, availableReplicas: 0 }],
      [
        'daemonsets',
        'DaemonSet',
        { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
      ],
    ] as const) {
      expect((await make(`${apps}/${resource}`, 'apps/v1', kind, 'zero', { spec }))['status']).toEqual(status)
    }
    const reported = await world.ok('PATCH', `${apps}/daemonsets/zero/status`, {
      type: merge,
      body: { status: { numberReady: 1, currentNumberScheduled: null } },
    })
    expect(reported['status']).toMatchObject({ numberReady: 1, currentNumberScheduled: 0 })
  })

  it('write quantities in their canonical form, in built-in kinds only', async () => {
    const quantities = { cpu: '1000m', memory: '1024Mi', a: '0.5', b: '1.5Gi', c: '1e3' }
    const hard = Object.fromEntries(Object.entries(quantities).map(([name, value]) => [`requests.x.io/${name}`, value]))
    const quota = await make(`${core}/resourcequotas`, 'v1', 'ResourceQuota', 'q', { spec: { hard } })
    expect(at(quota, 'spec.hard')).toEqual({
      'requests.x.io/cpu': '1',
      'requests.x.io/memory': '1Gi',
      'requests.x.io/a': '500m',
      'requests.x.io/b': '1536Mi',
      'requests.x.io/c': '1e3',
    })
    const custom = await world.ok('POST', '/apis/ex.io/v1/namespaces/test/foos', {
      body: foo('q', { spec: { color: '1000m' } }),
    })
    expect(at(custom, 'spec.color')).toBe('1000m')
  })

  it('take quantities that are numbers, and refuse what is none: 400', async () => {
    const spec = (cpu: unknown): JsonObject => ({
      spec: { containers: [{ name: 'c', image: 'i', resources: { limits: { cpu } } }] } as unknown as JsonObject,
    })
    const pod = await make(`${core}/pods`, 'v1', 'Pod', 'number', spec(2))
    expect(at(pod, 'spec.containers.0.resources.limits.cpu')).toBe('2')
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'none' }, ...spec('lots') }
    const refused = await world.refused('POST', `${core}/pods`, { body })
    expect(refused.code).toBe(400)
    expect(refused.message).toBe(
      'Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression ' +
        "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    )
  })

  it('keep selectors of Deployments, ReplicaSets, DaemonSets and StatefulSets: 422', async () => {
    const selector = { matchLabels: { app: 'x' } }
    const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    for (const [resource, kind, more] of [
      ['deployments', 'Deployment', {}],
      ['replicasets', 'ReplicaSet', {}],
      ['daemonsets', 'DaemonSet', {}],
      ['statefulsets', 'StatefulSet', { serviceName: 's' }],
    ] as const) {
      await make(`${apps}/${resource}`, 'apps/v1', kind, 'fixed', { spec: { selector, template, ...more } })
      const next = { app: 'x', more: 'y' }
      const refused = await patch(`${apps}/${resource}/fixed`, {
        spec: { selector: { matchLabels: next }, template: { metadata: { labels: next } } },
      })
      expect([kind, refused.code]).toEqual([kind, 422])
      if (kind === 'StatefulSet')
        expect(refused.message).toContain('spec: Forbidden: updates to statefulset spec for fields other than')
      else expect(refused.message).toMatch(/spec\.selector: Invalid value: .*: field is immutable/)
    }
  })

  it('require that selectors match the labels of their template: 422', async () => {
    const body = deployment('apart', { selector: { matchLabels: { app: 'other' } } })
    const refused = await world.refused('POST', `${apps}/deployments`, { body })
    expect(refused.code).toBe(422)
    expect(refused.message).toMatch(
      /^Deployment\.apps "apart" is invalid: spec\.template\.metadata\.labels: Invalid value: .*: `selector` does not match template `labels`$/,
    )
  })

  it('tell what a Deployment lacks: selector, labels, containers', async () => {
    const body = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'bare' } }
    const refused = await world.refused('POST', `${apps}/deployments`, { body })
    expect(refused.message).toBe(
      'Deployment.apps "bare" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: ' +
        'null: `selector` does not match template `labels`, spec.template.spec.containers: Required value]',
    )
  })

  it('keep selector and template of Jobs: 422', async () => {
    const refused = await patch(`${batch}/jobs/j`, { spec: { template: { spec: { restartPolicy: 'OnFailure' } } } })
    expect(refused.code).toBe(422)
    expect(refused.message).toMatch(/spec\.template: Invalid value: .*: field is immutable/)
  })

  it('keep the type of Secrets and the address of Services: 422', async () => {
    const type = await patch(`${core}/secrets/s`, { type: 'x.io/other' })
    expect(type.message).toBe('Secret "s" is invalid: type: Invalid value: "x.io/other": field is immutable')
    const address = await patch(`${core}/services/s`, { spec: { clusterIP: '10.96.9.9', clusterIPs: ['10.96.9.9'] } })
    expect(address.code).toBe(422)
    expect(address.message).toMatch(
      /spec\.clusterIPs\[0\]: Invalid value: .*: (field is immutable|may not change once set)/,
    )
  })

  it('keep ConfigMaps and Secrets that are immutable: 422', async () => {
    await world.ok('POST', `${core}/configmaps`, { body: configMap('frozen', { data: { a: '1' }, immutable: true }) })
    expect((await patch(`${core}/configmaps/frozen`, { data: { a: '2' } })).message).toBe(
      'ConfigMap "frozen" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    )
    expect((await patch(`${core}/configmaps/frozen`, { immutable: false })).message).toBe(
      'ConfigMap "frozen" is invalid: immutable: Forbidden: field is immutable when `immutable` is set',
    )
    await make(`${core}/secrets`, 'v1', 'Secret', 'frozen', { data: { a: 'eA==' }, immutable: true })
    expect((await patch(`${core}/secrets/frozen`, { data: { a: 'eQ==' } })).message).toBe(
      'Secret "frozen" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    )
  })

  it('keep the spec of claims, the parameters of storage classes and the handler of runtime classes: 422', async () => {
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
    await make(`${core}/persistentvolumeclaims`, 'v1', 'PersistentVolumeClaim', 'c', { spec: claim })
    const spec = await patch(`${core}/persistentvolumeclaims/c`, { spec: { accessModes: ['ReadWriteMany'] } })
    expect(spec.message).toContain('spec: Forbidden: spec is immutable after creation except resources.requests')
    const classes = '/apis/storage.k8s.io/v1/storageclasses'
    await make(classes, 'storage.k8s.io/v1', 'StorageClass', 'c', { provisioner: 'x.io/p', parameters: { a: '1' } })
    expect((await patch(`${classes}/c`, { parameters: { a: '2' } })).message).toContain(
      'parameters: Forbidden: updates to parameters are forbidden.',
    )
    const runtimes = '/apis/node.k8s.io/v1/runtimeclasses'
    await make(runtimes, 'node.k8s.io/v1', 'RuntimeClass', 'r', { handler: 'h' })
    expect((await patch(`${runtimes}/r`, { handler: 'other' })).message).toMatch(
      /handler: Invalid value: "other": field is immutable/,
    )
  })

  it('bind pods through /binding', async () => {
    await make(`${core}/pods`, 'v1', 'Pod', 'bound', { spec: { containers: [{ name: 'c', image: 'i' }] } })
    const body = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'bound' },
      target: { kind: 'Node', name: 'n1' },
    }
    expect((await world.call('POST', `${core}/pods/bound/binding`, { body })).code).toBe(201)
    const bound = await world.ok('GET', `${core}/pods/bound`)
    expect(at(bound, 'spec.nodeName')).toBe('n1')
    expect(list(bound, 'status.conditions')).toContainEqual(
      expect.objectContaining({ type: 'PodScheduled', status: 'True' }),
    )
    expect((await world.refused('POST', `${core}/pods/bound/binding`, { body })).code).toBe(409)
  })

  it('warn about Endpoints and component statuses, which are deprecated', async () => {
    expect((await world.call('GET', `${core}/endpoints`)).headers['warning']).toBe(
      '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"',
    )
    const statuses = await world.call('GET', '/api/v1/componentstatuses')
    expect([statuses.code, statuses.json['kind'], statuses.headers['warning']]).toEqual([
      200,
      'ComponentStatusList',
      '299 - "v1 ComponentStatus is deprecated in v1.19+"',
    ])
  })

  it.todo('P1: LimitRanger, ResourceQuota, Priority, DefaultStorageClass, PodSecurity and other admission plugins')

  it('store workloads without workload controllers, and pods without service account volumes', async () => {
    const pod = await world.ok('GET', `${core}/pods/bound`)
    expect(list(pod, 'spec.volumes')).toEqual([])
    expect(list(await world.ok('GET', `${apps}/replicasets?labelSelector=app%3Dd`), 'items')).toEqual([])
  })
})
