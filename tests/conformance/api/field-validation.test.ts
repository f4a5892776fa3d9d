import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, deployment, foo, fooCrd, install } from './objects.ts'
import { at, startWorld, text, type World } from './support.ts'

const merge = 'application/merge-patch+json'
const type = 'application/json'

describe('Field validation and dry run', () => {
  let world: World
  let maps: string
  const deployments = '/apis/apps/v1/namespaces/test/deployments'
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  beforeAll(async () => {
    world = await startWorld()
    maps = `${await world.namespace('test')}/configmaps`
    await install(world, fooCrd())
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const dirtyMap = (name: string): string =>
    `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"${name}","foo":1},"data":{"a":"1","a":"2"},"unk":true}`
  const dirtyFoo = (name: string): string =>
    `{"kind":"Foo","apiVersion":"ex.io/v1","metadata":{"name":"${name}","foo":1},"spec":{"color":"1","color":"2","unk":1}}`

  it('warns by default about unknown and duplicate fields; the last duplicate wins', async () => {
    const map = await world.call('POST', maps, { type, body: dirtyMap('warn') })
    expect([map.code, at(map.json, 'data')]).toEqual([201, { a: '2' }])
    expect(map.headers['warning']).toBe(
      '299 - "unknown field \\"metadata.foo\\"", 299 - "duplicate field \\"data.a\\"", 299 - "unknown field \\"unk\\""',
    )
    const custom = await world.call('POST', foos, { type, body: dirtyFoo('warn') })
    expect([custom.code, at(custom.json, 'spec')]).toEqual([201, { color: '2' }])
    for (const warning of [
      'unknown field \\"metadata.foo\\"',
      'duplicate field \\"spec.color\\"',
      'unknown field \\"spec.unk\\"',
    ]) {
      expect(custom.headers['warning']).toContain(`299 - "${warning}"`)
    }
  })

  it('refuses them under Strict: 400 that names all in document order', async () => {
    const map = await world.refused('POST', `${maps}?fieldValidation=Strict`, { type, body: dirtyMap('strict') })
    expect(map).toEqual({
      code: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field ' +
        '"metadata.foo", duplicate field "data.a", unknown field "unk"',
      details: undefined,
    })
    const custom = await world.refused('POST', `${foos}?fieldValidation=Strict`, { type, body: dirtyFoo('strict') })
    expect([custom.code, custom.reason]).toEqual([400, 'BadRequest'])
    expect(custom.message).toMatch(/^Foo in version "v1" cannot be handled as a Foo: strict decoding error: /)
  })

  it('is silent under Ignore', async () => {
    for (const [path, body] of [
      [maps, dirtyMap('ignore')],
      [foos, dirtyFoo('ignore')],
    ] as const) {
      const { code, headers } = await world.call('POST', `${path}?fieldValidation=Ignore`, { type, body })
      expect([code, headers['warning']]).toEqual([201, undefined])
    }
  })

  it('validates the same on update', async () => {
    await world.ok('POST', maps, { body: configMap('put') })
    const refused = await world.refused('PUT', `${maps}/put?fieldValidation=Strict`, { type, body: dirtyMap('put') })
    expect([refused.code, refused.reason]).toEqual([400, 'BadRequest'])
  })

  it('finds unknown fields deep in lists', async () => {
    const body = deployment('deep', {
      template: {
        metadata: { labels: { app: 'deep' } },
        spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80, portt: 1 }] }] },
      },
    })
    const { headers } = await world.call('POST', deployments, { body })
    expect(headers['warning']).toBe('299 - "unknown field \\"spec.template.spec.containers[0].ports[0].portt\\""')
  })

  it('runs everything on a dry run and keeps nothing: uid, but no revision', async () => {
    for (const [path, body] of [
      [maps, configMap('dry')],
      [deployments, deployment('dry')],
      [foos, foo('dry')],
    ] as const) {
      const { code, json } = await world.call('POST', `${path}?dryRun=All`, { body })
      expect([code, typeof at(json, 'metadata.uid')]).toEqual([201, 'string'])
      expect(json['metadata']).not.toHaveProperty('resourceVersion')
      expect((await world.call('GET', `${path}/dry`)).code).toBe(404)
    }
  })

  it('refuses on a dry run what would be refused', async () => {
    await world.ok('POST', maps, { body: configMap('taken') })
    expect((await world.refused('POST', `${maps}?dryRun=All`, { body: configMap('taken') })).code).toBe(409)
    expect((await world.refused('POST', `${maps}?dryRun=All`, { body: configMap('B_ad') })).code).toBe(422)
  })

  it('answers the changed object on a dry update, patch and delete, and keeps the stored one', async () => {
    for (const [path, body] of [
      [maps, configMap('kept')],
      [foos, foo('kept')],
    ] as const) {
      const created = await world.ok('POST', path, { body })
      const labels = { a: 'b' }
      const patched = await world.ok('PATCH', `${path}/kept?dryRun=All`, {
        type: merge,
        body: { metadata: { labels } },
      })
      expect(at(patched, 'metadata.labels')).toEqual(labels)
      const put = await world.ok('PUT', `${path}/kept?dryRun=All`, {
        body: { ...created, metadata: { ...(created['metadata'] as object), labels } },
      })
      expect(at(put, 'metadata.labels')).toEqual(labels)
      await world.ok('DELETE', `${path}/kept?dryRun=All`)
      expect(await world.ok('GET', `${path}/kept`)).toEqual(created)
    }
  })
})

describe('metadata.generation', () => {
  let world: World
  let core: string
  const deployments = '/apis/apps/v1/namespaces/test/deployments'
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  beforeAll(async () => {
    world = await startWorld()
    core = await world.namespace('test')
    await install(world, fooCrd())
    const { subresources: _, ...version } = (fooCrd()['spec'] as { versions: { subresources: unknown }[] }).versions[0]!
    const names = { plural: 'bars', kind: 'Bar' }
    await install(world, {
      ...fooCrd(),
      metadata: { name: 'bars.ex.io' },
      spec: { group: 'ex.io', scope: 'Namespaced', names, versions: [version as never] },
    })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const generation = async (path: string, body?: object): Promise<unknown> =>
    at(await world.ok('PATCH', path, { type: merge, body: (body ?? {}) as never }), 'metadata.generation')

  it('starts at 1 and counts changes of the spec, not of metadata or status', async () => {
    await world.ok('POST', deployments, { body: deployment('web') })
    await world.ok('POST', foos, { body: foo('web', { spec: { replicas: 1 } }) })
    for (const path of [`${deployments}/web`, `${foos}/web`]) {
      expect(at(await world.ok('GET', path), 'metadata.generation')).toBe(1)
      expect(await generation(path, { metadata: { labels: { a: 'b' } } })).toBe(1)
      expect(await generation(`${path}/status`, { status: { replicas: 1 } })).toBe(1)
      expect(await generation(path, { spec: { replicas: 5 } })).toBe(2)
      expect(await generation(path, { spec: { replicas: 5 } })).toBe(2)
    }
  })

  it('counts every change but of metadata for custom resources without a status subresource', async () => {
    const bars = '/apis/ex.io/v1/namespaces/test/bars'
    await world.ok('POST', bars, { body: { ...foo('web'), kind: 'Bar' } })
    expect(await generation(`${bars}/web`, { metadata: { labels: { a: 'b' } } })).toBe(1)
    expect(await generation(`${bars}/web`, { status: { phase: 'x' } })).toBe(2)
  })

  it('counts the start of a deletion', async () => {
    const metadata = { name: 'dying', finalizers: ['x.io/y'] }
    for (const [path, body] of [
      [deployments, { ...deployment('dying'), metadata }],
      [foos, foo('dying', { metadata })],
    ] as const) {
      await world.ok('POST', path, { body })
      const deleted = await world.ok('DELETE', `${path}/dying`)
      expect([at(deleted, 'metadata.generation'), text(deleted, 'metadata.deletionTimestamp')]).toEqual([
        2,
        expect.stringMatching(/Z$/),
      ])
    }
  })

  it('is absent where the kind has none', async () => {
    for (const [path, body] of [
      [`${core}/configmaps`, configMap('none')],
      [`${core}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'none' } }],
      [
        `${core}/services`,
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'none' }, spec: { ports: [{ port: 1 }] } },
      ],
      [`${core}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'none' } }],
      ['/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'none' } }],
      ['/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'none' } }],
    ] as const) {
      expect((await world.ok('POST', path, { body }))['metadata']).not.toHaveProperty('generation')
    }
  })

  it('is there for pods, jobs, ingresses, budgets, CRDs and webhook configurations', async () => {
    const pod = { containers: [{ name: 'c', image: 'i' }] }
    for (const [path, apiVersion, kind, spec] of [
      [`${core}/pods`, 'v1', 'Pod', pod],
      [
        '/apis/batch/v1/namespaces/test/jobs',
        'batch/v1',
        'Job',
        { template: { spec: { ...pod, restartPolicy: 'Never' } } },
      ],
      [
        '/apis/networking.k8s.io/v1/namespaces/test/ingresses',
        'networking.k8s.io/v1',
        'Ingress',
        {
          defaultBackend: { service: { name: 's', port: { number: 80 } } },
        },
      ],
      ['/apis/policy/v1/namespaces/test/poddisruptionbudgets', 'policy/v1', 'PodDisruptionBudget', { minAvailable: 1 }],
      [
        '/apis/networking.k8s.io/v1/namespaces/test/networkpolicies',
        'networking.k8s.io/v1',
        'NetworkPolicy',
        { podSelector: {} },
      ],
    ] as const) {
      const created = await world.ok('POST', path, {
        body: { apiVersion, kind, metadata: { name: 'one' }, spec } as never,
      })
      expect([kind, at(created, 'metadata.generation')]).toEqual([kind, 1])
    }
    const hooks = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
    const body = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' }
    expect(
      at(await world.ok('POST', hooks, { body: { ...body, metadata: { name: 'one' } } }), 'metadata.generation'),
    ).toBe(1)
    expect(
      at(
        await world.ok('GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/foos.ex.io'),
        'metadata.generation',
      ),
    ).toBe(1)
  })
})
