import type { Connection, JsonObject } from '@kairship/apimachinery'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startTestServer } from '../../testing/index.ts'
import { configMap, configMaps, createNamespace, deployment, deployments, ok, refused } from '../../testing/calls.ts'

const api = { group: 'admissionregistration.k8s.io', version: 'v1' } as const
const policies = { ...api, resource: 'validatingadmissionpolicies' } as const
const bindings = { ...api, resource: 'validatingadmissionpolicybindings' } as const

let connection: Connection
beforeEach(async () => {
  const server = await startTestServer()
  onTestFinished(() => server[Symbol.asyncDispose]())
  connection = server.connection
  await createNamespace(connection, 'test')
})

function policy(name: string, spec: JsonObject, resource = 'deployments'): JsonObject {
  const rule = {
    apiGroups: ['*'],
    apiVersions: ['*'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    resources: [resource],
  }
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: { matchConstraints: { resourceRules: [rule] }, ...spec },
  }
}
function binding(policyName: string, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: `${policyName}-binding` },
    spec: { policyName, validationActions: ['Deny'], ...spec },
  }
}
async function install(name: string, spec: JsonObject, more: JsonObject = {}, resource?: string): Promise<void> {
  await ok(connection, { verb: 'create', ...policies, body: policy(name, spec, resource) })
  await ok(connection, { verb: 'create', ...bindings, body: binding(name, more) })
}
function create(replicas: number, name = 'web'): Parameters<Connection['request']>[0] {
  return { verb: 'create', ...deployments, body: deployment(name, { replicas }) }
}
const few: JsonObject = { validations: [{ expression: 'object.spec.replicas <= 3' }] }

describe('a ValidatingAdmissionPolicy', () => {
  test('does nothing before it is bound', async () => {
    await ok(connection, { verb: 'create', ...policies, body: policy('few', few) })
    await ok(connection, create(5))
  })

  test('denies what its expression refuses, with the expression as the message', async () => {
    await install('few', few)
    const message =
      "deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'few' with binding 'few-binding' denied request: failed expression: object.spec.replicas <= 3"
    const status = await refused(connection, create(5))
    expect(status).toMatchObject({ code: 422, reason: 'Invalid', message })
    await ok(connection, create(3))
  })

  test('says its message, or what the message expression makes of the object, and the reason decides the code', async () => {
    await install('few', {
      validations: [
        {
          expression: 'object.spec.replicas <= 3',
          messageExpression: "'at most 3, not ' + string(object.spec.replicas)",
          reason: 'Forbidden',
        },
      ],
    })
    const status = await refused(connection, create(5))
    expect(status).toMatchObject({ code: 403, reason: 'Forbidden' })
    expect(status['message']).toMatch(/denied request: at most 3, not 5$/)
  })

  test('computes variables when they are read, also from one another', async () => {
    await install('few', {
      variables: [
        { name: 'max', expression: '3' },
        { name: 'fine', expression: 'object.spec.replicas <= variables.max' },
        { name: 'broken', expression: '1 / 0 == 1' },
      ],
      validations: [{ expression: 'variables.fine', message: 'too many' }],
    })
    expect((await refused(connection, create(4)))['message']).toMatch(/denied request: too many$/)
    await ok(connection, create(2))
  })

  test('is not asked about requests that its match conditions exclude', async () => {
    await install('few', { ...few, matchConditions: [{ name: 'others', expression: "object.metadata.name != 'web'" }] })
    await ok(connection, create(5))
    await refused(connection, create(5, 'other'))
  })

  test('takes parameters from the objects that the binding names', async () => {
    await install(
      'few',
      {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        validations: [{ expression: 'object.spec.replicas <= int(params.data.max)' }],
      },
      { paramRef: { name: 'limits', namespace: 'test', parameterNotFoundAction: 'Deny' } },
    )
    expect((await refused(connection, create(2)))['message']).toMatch(
      /failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction$/,
    )
    await ok(connection, { verb: 'create', ...configMaps, body: configMap('limits', { data: { max: '4' } }) })
    await ok(connection, create(4))
    await refused(connection, create(5, 'other'))
  })

  test('lets pass with a warning when the binding says Warn', async () => {
    await install('few', few, { validationActions: ['Warn', 'Audit'] })
    const reply = await connection.request(create(5))
    expect(reply.status).toBe(201)
    expect(reply.warnings).toContain(
      "Validation failed for ValidatingAdmissionPolicy 'few' with binding 'few-binding': failed expression: object.spec.replicas <= 3",
    )
  })

  test('denies when its expression fails, unless its failure policy ignores that', async () => {
    await install('broken', { validations: [{ expression: "object.spec.nothing == 'x'" }] })
    expect((await refused(connection, create(1)))['message']).toMatch(
      /denied request: expression 'object.spec.nothing == 'x'' resulted in error: no such key: nothing$/,
    )
    const patch = { spec: { failurePolicy: 'Ignore' } }
    await ok(connection, { verb: 'patch', ...policies, name: 'broken', patchType: 'merge', body: patch })
    await ok(connection, create(1))
  })

  test('sees the old object of an update and of a deletion', async () => {
    await ok(connection, create(2))
    await install('keep', {
      validations: [{ expression: "request.operation != 'DELETE' && object.spec.replicas >= oldObject.spec.replicas" }],
    })
    const patch = { spec: { replicas: 1 } }
    await refused(connection, { verb: 'patch', ...deployments, name: 'web', patchType: 'merge', body: patch })
    await refused(connection, { verb: 'delete', ...deployments, name: 'web' })
    await ok(connection, {
      verb: 'patch',
      ...deployments,
      name: 'web',
      patchType: 'merge',
      body: { spec: { replicas: 3 } },
    })
  })

  test('knows the namespace of the object', async () => {
    await install('few', { validations: [{ expression: "namespaceObject.metadata.name != 'test'" }] })
    await refused(connection, create(1))
  })

  test('stops when it gets too dear', async () => {
    const text = Array.from({ length: 200 }, (_item, index) => `k${index}`)
    const data = Object.fromEntries(text.map((key) => [key, key]))
    const expression = 'object.data.all(a, object.data.all(b, object.data.all(c, a + b + c != "x")))'
    await install('dear', { validations: [{ expression }] }, {}, 'configmaps')
    const status = await refused(connection, { verb: 'create', ...configMaps, body: configMap('big', { data }) })
    expect(status['message']).toMatch(/resulted in error: operation cancelled: actual cost limit exceeded$/)
  })

  test.each([
    ['object.spec.replicas <', "Syntax error: mismatched input '<EOF>'"],
    ['nothing.spec', "undeclared reference to 'nothing' (in container '')"],
    ['request.nothing == 1', "undefined field 'nothing'"],
    ['1 + 1', 'must evaluate to bool'],
    ['params.x', "undeclared reference to 'params' (in container '')"],
  ])('is refused with an expression that does not compile: %s', async (expression, text) => {
    const status = await refused(connection, {
      verb: 'create',
      ...policies,
      body: policy('wrong', { validations: [{ expression }] }),
    })
    expect(status).toMatchObject({ code: 422, reason: 'Invalid' })
    expect(status['message']).toContain(`spec.validations[0].expression: Invalid value: ${JSON.stringify(expression)}`)
    expect(status['message']).toContain(text)
  })
})
