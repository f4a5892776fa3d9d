import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, deployment, foo, fooCrd, install } from './objects.ts'
import { at, eventually, startWorld, text, type World } from './support.ts'

describe('Create', () => {
  let world: World
  let maps: string
  let deployments: string
  let foos: string
  beforeAll(async () => {
    world = await startWorld()
    maps = `${await world.namespace('test')}/configmaps`
    deployments = '/apis/apps/v1/namespaces/test/deployments'
    foos = '/apis/ex.io/v1/namespaces/test/foos'
    await install(world, fooCrd())
  })
  afterAll(() => world[Symbol.asyncDispose]())

  it('answers 201 with the object and what the server set: uid, time in whole seconds, revision, namespace', async () => {
    for (const [path, body] of [
      [maps, configMap('set')],
      [foos, foo('set')],
    ] as const) {
      const { code, json } = await world.call('POST', path, { body })
      expect(code).toBe(201)
      expect(json['metadata']).toMatchObject({
        name: 'set',
        namespace: 'test',
        uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
        creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        resourceVersion: expect.stringMatching(/^[1-9]\d*$/),
      })
    }
  })

  it('ignores uid, creationTimestamp, generation, deletionTimestamp and selfLink in the body', async () => {
    const given = {
      uid: 'mine',
      creationTimestamp: '2001-01-01T00:00:00Z',
      generation: 7,
      deletionTimestamp: '2001-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 5,
      selfLink: '/mine',
    }
    for (const [path, body] of [
      [deployments, deployment('given')],
      [foos, foo('given')],
    ] as const) {
      const created = await world.ok('POST', path, { body: { ...body, metadata: { name: 'given', ...given } } })
      const metadata = created['metadata'] as JsonObject
      expect(metadata['uid']).not.toBe('mine')
      expect(metadata['creationTimestamp']).not.toBe(given.creationTimestamp)
      expect(metadata['generation']).toBe(1)
      for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink']) {
        expect(metadata).not.toHaveProperty(field)
      }
    }
  })

  it('clears the status of kinds that have it as a subresource', async () => {
    const web = await world.ok('POST', deployments, { body: { ...deployment('clear'), status: { replicas: 3 } } })
    expect(at(web, 'status.replicas')).toBeUndefined()
    const custom = await world.ok('POST', foos, { body: foo('clear', { status: { phase: 'Done' } }) })
    expect(custom).not.toHaveProperty('status')
  })

  it('generates names: the base and five characters of its alphabet, long bases cut to 58', async () => {
    for (const [path, kind] of [
      [maps, configMap('')],
      [foos, foo('')],
    ] as const) {
      const short = await world.ok('POST', path, { body: { ...kind, metadata: { generateName: 'gen-' } } })
      expect(text(short, 'metadata.name')).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
      expect(at(short, 'metadata.generateName')).toBe('gen-')
      const long = await world.ok('POST', path, { body: { ...kind, metadata: { generateName: 'x'.repeat(80) } } })
      expect(text(long, 'metadata.name')).toMatch(/^x{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    }
  })

  it('refuses a name that is taken: 409 AlreadyExists with the resource in the details', async () => {
    await world.ok('POST', maps, { body: configMap('twice') })
    expect(await world.refused('POST', maps, { body: configMap('twice') })).toEqual({
      code: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "twice" already exists',
      details: { name: 'twice', kind: 'configmaps' },
    })
    await world.ok('POST', foos, { body: foo('twice') })
    expect(await world.refused('POST', foos, { body: foo('twice') })).toEqual({
      code: 409,
      reason: 'AlreadyExists',
      message: 'foos.ex.io "twice" already exists',
      details: { name: 'twice', group: 'ex.io', kind: 'foos' },
    })
  })

  it('says that the object is being deleted when its name is still taken by a terminating one', async () => {
    const held = deployment('dying')
    await world.ok('POST', deployments, { body: { ...held, metadata: { name: 'dying', finalizers: ['x.io/y'] } } })
    await world.ok('DELETE', `${deployments}/dying`)
    const { code, reason, message } = await world.refused('POST', deployments, { body: held })
    expect([code, reason]).toEqual([409, 'AlreadyExists'])
    expect(message).toBe('object is being deleted: deployments.apps "dying" already exists')
  })

  it('requires a name: 422 Invalid with the Kind in the details', async () => {
    const causes = [
      {
        reason: 'FieldValueRequired',
        message: 'Required value: name or generateName is required',
        field: 'metadata.name',
      },
    ]
    expect(await world.refused('POST', maps, { body: { apiVersion: 'v1', kind: 'ConfigMap' } })).toEqual({
      code: 422,
      reason: 'Invalid',
      message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
      details: { kind: 'ConfigMap', causes },
    })
    expect(await world.refused('POST', foos, { body: { apiVersion: 'ex.io/v1', kind: 'Foo' } })).toEqual({
      code: 422,
      reason: 'Invalid',
      message: 'Foo.ex.io "" is invalid: metadata.name: Required value: name or generateName is required',
      details: { group: 'ex.io', kind: 'Foo', causes },
    })
  })

  it('refuses a name that is no subdomain: 422 with the rule and an example', async () => {
    const rule =
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start " +
      "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
      "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    for (const [path, body, kind] of [
      [maps, configMap('B_ad'), 'ConfigMap'],
      [foos, foo('B_ad'), 'Foo.ex.io'],
    ] as const) {
      const { code, reason, message, details } = await world.refused('POST', path, { body })
      expect([code, reason]).toEqual([422, 'Invalid'])
      expect(message).toBe(`${kind} "B_ad" is invalid: metadata.name: Invalid value: "B_ad": ${rule}`)
      expect(at(details, 'causes.0')).toEqual({
        reason: 'FieldValueInvalid',
        message: `Invalid value: "B_ad": ${rule}`,
        field: 'metadata.name',
      })
    }
  })

  it('refuses a namespace that is not there: 404 about the namespace', async () => {
    for (const [path, body] of [
      ['/api/v1/namespaces/other/configmaps', configMap('a')],
      ['/apis/ex.io/v1/namespaces/other/foos', foo('a')],
    ] as const) {
      expect(await world.refused('POST', path, { body })).toEqual({
        code: 404,
        reason: 'NotFound',
        message: 'namespaces "other" not found',
        details: { name: 'other', kind: 'namespaces' },
      })
    }
  })

  it('refuses new content in a terminating namespace: 403 with cause NamespaceTerminating', async () => {
    const path = `${await world.namespace('ending')}/configmaps`
    const held = configMap('held', { metadata: { name: 'held', finalizers: ['x.io/y'] } })
    await world.ok('POST', path, { body: held })
    await world.ok('DELETE', '/api/v1/namespaces/ending')
    const text = 'unable to create new content in namespace ending because it is being terminated'
    expect(await world.refused('POST', path, { body: configMap('zz') })).toEqual({
      code: 403,
      reason: 'Forbidden',
      message: `configmaps "zz" is forbidden: ${text}`,
      details: {
        name: 'zz',
        kind: 'configmaps',
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: 'namespace ending is being terminated',
            field: 'metadata.namespace',
          },
        ],
      },
    })
    await world.ok('PATCH', `${path}/held`, {
      type: 'application/merge-patch+json',
      body: { metadata: { finalizers: null } },
    })
    await eventually(async () => expect((await world.call('GET', '/api/v1/namespaces/ending')).code).toBe(404))
  })

  it('refuses an object whose namespace is not that of the URL', async () => {
    for (const [path, body] of [
      [maps, configMap('a', { metadata: { name: 'a', namespace: 'other' } })],
      [foos, foo('a', { metadata: { name: 'a', namespace: 'other' } })],
    ] as const) {
      expect(await world.refused('POST', path, { body })).toEqual({
        code: 400,
        reason: 'BadRequest',
        message: 'the namespace of the provided object does not match the namespace sent on the request',
        details: undefined,
      })
    }
  })

  it('refuses resourceVersion in the body: 500 without a reason', async () => {
    const metadata = { name: 'versioned', resourceVersion: '5' }
    for (const [path, body] of [
      [maps, configMap('versioned', { metadata })],
      [foos, foo('versioned', { metadata })],
    ] as const) {
      const refused = await world.refused('POST', path, { body })
      expect([refused.code, refused.reason]).toEqual([500, undefined])
      expect(refused.message).toBe('resourceVersion should not be set on objects to be created')
    }
  })

  it('refuses options it does not know, all at once', async () => {
    for (const [path, body] of [
      [maps, configMap('a')],
      [foos, foo('a')],
    ] as const) {
      const { code, message, details } = await world.refused('POST', `${path}?dryRun=Bar&fieldValidation=Foo`, { body })
      expect(code).toBe(422)
      expect(message).toBe(
        'CreateOptions.meta.k8s.io "" is invalid: [dryRun: Unsupported value: ["Bar"]: supported values: "All", ' +
          'fieldValidation: Unsupported value: "Foo": supported values: "", "Ignore", "Strict", "Warn"]',
      )
      expect(details).toMatchObject({ group: 'meta.k8s.io', kind: 'CreateOptions', causes: [{}, {}] })
    }
    const manager = (value: string): Promise<unknown> =>
      world.refused('POST', `${maps}?fieldManager=${encodeURIComponent(value)}`, { body: configMap('a') })
    expect(await manager('x'.repeat(129))).toMatchObject({
      code: 422,
      message: 'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
    })
    expect(await manager('a\nb')).toMatchObject({
      code: 422,
      message:
        'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\\nb": invalid character U+000A (at position 1)',
    })
  })

  it('warns of finalizers of custom resources that name nobody', async () => {
    const make = (name: string, finalizers: string[]): JsonObject => foo(name, { metadata: { name, finalizers } })
    const { code, headers } = await world.call('POST', foos, { body: make('vague', ['mine', 'x.io/clear']) })
    expect([code, headers['warning']]).toEqual([
      201,
      '299 - "metadata.finalizers: \\"mine\\": prefer a domain-qualified finalizer name including a path (/) to avoid ' +
        'accidental conflicts with other finalizer writers"',
    ])
    expect((await world.call('POST', foos, { body: make('clear', ['x.io/clear']) })).headers['warning']).toBeUndefined()
  })

  it('drops a namespace given for a cluster-scoped object', async () => {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'scoped', namespace: 'test' } }
    const created = await world.ok('POST', '/api/v1/namespaces', { body })
    expect(created['metadata']).not.toHaveProperty('namespace')
  })
})
