import type { JsonObject, Operation, Reply } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startTestServer } from '../testing/index.ts'
import type { TestServer } from '../testing/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const crds = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' } as const
let count = 0

/** As much of a CRD as these tests look at. */
type Manifest = {
  apiVersion: string
  kind: string
  metadata: { name: string; resourceVersion?: string }
  spec: {
    group: string
    scope: string
    names: { plural: string; kind: string; shortNames?: string[] }
    versions: {
      name: string
      served: boolean
      storage: boolean
      schema?: { openAPIV3Schema: { type: string; properties: { spec: { type: string; properties: Properties } } } }
    }[]
  }
}
type Properties = {
  [name: string]: { type?: string; maxLength?: number; default?: string | number; properties?: object }
}

/** The stored CRD, to be edited. */
async function storedCrd(name: string): Promise<Manifest> {
  const { body } = await request({ ...crds, verb: 'get', name })
  return structuredClone(body) as unknown as Manifest
}
/** The properties of `spec` in the first version. */
function specProperties(crd: Manifest): Properties {
  return crd.spec.versions[0]?.schema?.openAPIV3Schema.properties.spec.properties ?? {}
}
function updateCrd(crd: Manifest): Promise<Reply> {
  return request({ ...crds, verb: 'update', name: crd.metadata.name, body: crd as unknown as JsonObject })
}

function request(operation: Operation): Promise<Reply> {
  return server.connection.request(operation)
}
function message(reply: Reply): string {
  const { message: text } = reply.body
  return typeof text === 'string' ? text : ''
}
/** A CRD `<plural>.ex.io` of its own for each test. */
function manifest(
  spec: object = {},
  properties: Properties = { s: { type: 'string', maxLength: 5 } },
  version: object = {},
): Manifest {
  const plural = `things${count++}`
  const kind = `Thing${count}`
  const openAPIV3Schema = { type: 'object', properties: { spec: { type: 'object', properties } } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.ex.io` },
    spec: {
      group: 'ex.io',
      scope: 'Namespaced',
      names: { plural, kind },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema }, ...version }],
      ...spec,
    },
  }
}
function createCrd(crd: Manifest): Promise<Reply> {
  return request({ ...crds, verb: 'create', body: crd as unknown as JsonObject })
}
async function installed(...args: Parameters<typeof manifest>): Promise<{
  readonly name: string
  readonly kind: string
  readonly at: {
    readonly group: string
    readonly version: string
    readonly resource: string
    readonly namespace: string
  }
  readonly create: (name: string, fields: object, query?: object) => Promise<Reply>
}> {
  const crd = manifest(...args)
  const reply = await createCrd(crd)
  if (reply.status !== 201) throw new Error(message(reply))
  const { plural, kind } = crd.spec.names
  const at = { group: 'ex.io', version: 'v1', resource: plural, namespace: 'default' }
  return {
    name: crd.metadata.name,
    kind,
    at,
    create: (name, fields, query = {}) => {
      const body = { apiVersion: 'ex.io/v1', kind, metadata: { name }, ...fields }
      return request({ ...at, verb: 'create', body, query })
    },
  }
}

describe('a CustomResourceDefinition', () => {
  it('is completed, accepted and served at once', async () => {
    const crd = manifest()
    const created = await createCrd(crd)
    const { plural, kind } = crd.spec.names
    expect(created.body).toMatchObject({
      metadata: { generation: 1 },
      spec: { names: { singular: kind.toLowerCase(), listKind: `${kind}List` }, conversion: { strategy: 'None' } },
    })
    const list = await request({ verb: 'list', group: 'ex.io', version: 'v1', resource: plural })
    expect(list).toMatchObject({ status: 200, body: { kind: `${kind}List`, items: [] } })
    await eventually(async () => {
      const stored = await request({ ...crds, verb: 'get', name: crd.metadata.name })
      expect(stored.body['status']).toMatchObject({
        acceptedNames: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
        storedVersions: ['v1'],
        conditions: [
          { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
          {
            type: 'Established',
            status: 'True',
            reason: 'InitialNamesAccepted',
            message: 'the initial names have been accepted',
          },
        ],
      })
    })
  })

  it('must be named after its plural and group, with one storage version and a structural schema', async () => {
    const misnamed = manifest()
    misnamed.metadata.name = 'others.ex.io'
    expect(message(await createCrd(misnamed))).toContain('must be spec.names.plural+"."+spec.group')
    const twice = manifest()
    twice.spec.versions.push(...twice.spec.versions.map((version) => ({ ...version, name: 'v2' })))
    expect(message(await createCrd(twice))).toContain('must have exactly one version marked as storage version')
    const untyped = manifest({}, { a: { properties: {} } })
    expect(message(await createCrd(untyped))).toContain(
      'spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[a].type: Required value: must not be empty for specified object fields',
    )
    const missing = manifest()
    for (const version of missing.spec.versions) delete version.schema
    expect(message(await createCrd(missing))).toContain(
      'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required',
    )
  })

  it('needs approval for the groups of the Kubernetes community', async () => {
    const crd = manifest({ group: 'ex.k8s.io' })
    crd.metadata.name = `${crd.spec.names.plural}.ex.k8s.io`
    expect(message(await createCrd(crd))).toContain('metadata.annotations[api-approved.kubernetes.io]: Required value')
  })

  it('waits for a name that another CRD of its group holds', async () => {
    const holder = await installed({ names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] } }).catch(
      () => undefined,
    )
    expect(holder).toBeUndefined()
    const first = manifest({ names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] } })
    first.metadata.name = 'widgets.ex.io'
    const second = manifest({ names: { plural: 'gadgets', kind: 'Gadget', shortNames: ['wd'] } })
    second.metadata.name = 'gadgets.ex.io'
    await createCrd(first)
    await eventually(async () => {
      const { body } = await request({ ...crds, verb: 'get', name: 'widgets.ex.io' })
      expect(JSON.stringify(body['status'])).toContain('"Established"')
    })
    await createCrd(second)
    await eventually(async () => {
      const { body } = await request({ ...crds, verb: 'get', name: 'gadgets.ex.io' })
      expect(JSON.stringify(body['status'])).toContain('\\"wd\\" is already in use')
    })
    expect((await request({ verb: 'list', group: 'ex.io', version: 'v1', resource: 'gadgets' })).status).toBe(404)
    await request({ ...crds, verb: 'delete', name: 'widgets.ex.io' })
    await eventually(async () => {
      expect((await request({ verb: 'list', group: 'ex.io', version: 'v1', resource: 'gadgets' })).status).toBe(200)
    })
  })

  it('takes its instances with it when it is deleted', async () => {
    const things = await installed()
    await things.create('a', {})
    await things.create('b', { metadata: { name: 'b', finalizers: ['ex.io/hold'] } })
    const deleted = await request({ ...crds, verb: 'delete', name: things.name })
    expect(deleted.body).toMatchObject({ metadata: { finalizers: ['customresourcecleanup.apiextensions.k8s.io'] } })
    await eventually(async () => {
      const list = await request({ ...things.at, verb: 'list' })
      expect(JSON.stringify(list.body['items'])).not.toContain('"name":"a"')
    })
    const late = await things.create('late', {})
    expect(late.status).toBe(405)
    expect(message(late)).toBe('create not allowed while custom resource definition is terminating')
    await request({
      ...things.at,
      verb: 'patch',
      patchType: 'merge',
      name: 'b',
      body: { metadata: { finalizers: [] } },
    })
    await eventually(async () => {
      expect((await request({ ...crds, verb: 'get', name: things.name })).status).toBe(404)
    })
    expect((await request({ ...things.at, verb: 'list' })).status).toBe(404)
  })

  it('serves what a new version of its schema says, and keeps its names', async () => {
    const things = await installed()
    expect(message(await things.create('a', { spec: { s: 'toolong' } }))).toContain('spec.s: Too long')
    const crd = await storedCrd(things.name)
    specProperties(crd)['s'] = { type: 'string', maxLength: 50 }
    expect((await updateCrd(crd)).status).toBe(200)
    expect((await things.create('a', { spec: { s: 'no longer' } })).status).toBe(201)
    await eventually(async () => {
      const moved = await storedCrd(things.name)
      moved.spec.scope = 'Cluster'
      expect(message(await updateCrd(moved))).toContain('spec.scope: Invalid value: "Cluster": field is immutable')
    })
  })
})

describe('a custom resource', () => {
  it('must say what it is', async () => {
    const things = await installed()
    const { at, kind } = things
    const nameless = await request({ ...at, verb: 'create', body: { metadata: { name: 'a' } } })
    expect(nameless.status).toBe(400)
    expect(message(nameless)).toContain(
      `the object provided is unrecognized (must be of type ${kind}): Object 'Kind' is missing in '{`,
    )
  })

  it('is pruned and defaulted, and warns about what was dropped', async () => {
    const things = await installed({}, { s: { type: 'string' }, d: { type: 'integer', default: 7 } })
    const reply = await things.create('a', { spec: { s: 'x', unknown: 1 }, extra: true })
    expect(reply.body).toMatchObject({ spec: { s: 'x', d: 7 } })
    expect(reply.body['extra']).toBeUndefined()
    expect(reply.warnings).toEqual(['unknown field "spec.unknown"', 'unknown field "extra"'])
    const strict = await things.create('b', { spec: { unknown: 1 } }, { fieldValidation: 'Strict' })
    expect(message(strict)).toBe(
      `${things.kind} in version "v1" cannot be handled as a ${things.kind}: strict decoding error: unknown field "spec.unknown"`,
    )
  })

  it('gets new defaults when it is read, also when it was stored without them', async () => {
    const things = await installed({}, { s: { type: 'string' } })
    await things.create('a', { spec: { s: 'x' } })
    await eventually(async () => {
      const crd = await storedCrd(things.name)
      specProperties(crd)['late'] = { type: 'string', default: 'now' }
      expect((await updateCrd(crd)).status).toBe(200)
    })
    const read = await request({ ...things.at, verb: 'get', name: 'a' })
    expect(read.body['spec']).toEqual({ s: 'x', late: 'now' })
  })

  it('says that rules were not checked when the object is invalid anyway', async () => {
    const rules = { 'x-kubernetes-validations': [{ rule: 'self.size() > 1' }] }
    const things = await installed({}, { s: { type: 'string', maxLength: 5, ...rules } })
    const reply = await things.create('a', { spec: { s: 'toolong' } })
    expect(message(reply)).toContain(
      '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    )
  })

  it('may keep what an older schema allowed as long as it stays unchanged', async () => {
    const things = await installed({}, { s: { type: 'string' }, o: { type: 'string' } })
    await things.create('a', { spec: { s: 'much too long' } })
    await eventually(async () => {
      const crd = await storedCrd(things.name)
      specProperties(crd)['s'] = { type: 'string', maxLength: 5 }
      expect((await updateCrd(crd)).status).toBe(200)
    })
    const patch = (spec: object): Promise<Reply> =>
      request({ ...things.at, verb: 'patch', patchType: 'merge', name: 'a', body: { spec } as never })
    expect((await patch({ o: 'changed' })).status).toBe(200)
    expect((await patch({ s: 'still too long' })).status).toBe(422)
  })

  it('has a status and a scale of its own where the CRD says so', async () => {
    const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' }
    const openAPIV3Schema = {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { replicas: { type: 'integer' } } },
        status: { type: 'object', properties: { replicas: { type: 'integer' } } },
      },
    }
    const things = await installed({}, {}, { subresources: { status: {}, scale }, schema: { openAPIV3Schema } })
    const created = await things.create('a', { spec: { replicas: 2 }, status: { replicas: 9 } })
    expect(created.body['status']).toBeUndefined()
    const status = { verb: 'patch', patchType: 'merge', name: 'a', subresource: 'status' } as const
    await request({ ...things.at, ...status, body: { spec: { replicas: 5 }, status: { replicas: 1 } } })
    const read = await request({ ...things.at, verb: 'get', name: 'a' })
    expect(read.body).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 1 } })
    const bad = await request({ ...things.at, ...status, body: { status: { replicas: 'x' } } })
    expect(message(bad)).toContain(
      'status.replicas: Invalid value: "string": status.replicas in body must be of type integer',
    )
    const scaled = await request({ ...things.at, verb: 'get', name: 'a', subresource: 'scale' })
    expect(scaled.body).toMatchObject({ kind: 'Scale', spec: { replicas: 2 }, status: { replicas: 1 } })
  })

  it('is the same object in all its versions', async () => {
    const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: {} } } } }
    const versions = [
      { name: 'v1', served: true, storage: true, schema },
      { name: 'v1beta1', served: true, storage: false, schema, deprecated: true },
    ]
    const things = await installed({ versions })
    await things.create('a', {})
    const old = await request({ ...things.at, version: 'v1beta1', verb: 'get', name: 'a' })
    expect(old.body).toMatchObject({ apiVersion: 'ex.io/v1beta1', metadata: { name: 'a' } })
    expect(old.warnings.join()).toContain(`ex.io/v1beta1 ${things.kind} is deprecated`)
  })
})
