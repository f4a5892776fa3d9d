import { startWorld } from './support.ts'
import { configMap, deployment, foo, fooCrd, install } from './objects.ts'
const world = await startWorld()
const core = await world.namespace('test')
await install(world, fooCrd())
const cm = core + '/configmaps'
const dep = '/apis/apps/v1/namespaces/test/deployments'
const foos = '/apis/ex.io/v1/namespaces/test/foos'
const say = async (title: string, method: string, path: string, call: any = {}) => {
  const a = await world.call(method, path, call)
  const { message, reason, details, kind } = a.json as any
  console.log(
    `${title}\n   ${a.code} ${kind === 'Status' ? JSON.stringify({ reason, message, details }) : (a.json as any).kind ? kind : JSON.stringify(a.text.slice(0, 200))}${a.headers.warning ? ' W:' + a.headers.warning : ''}`,
  )
  return a.json
}
await world.ok('POST', cm, { body: configMap('a') })
await world.ok('POST', foos, { body: foo('a') })
await world.ok('POST', dep, { body: deployment('a') })
const J = 'application/json',
  M = 'application/merge-patch+json',
  S = 'application/strategic-merge-patch+json',
  JP = 'application/json-patch+json',
  A = 'application/apply-patch+yaml'
await say('merge patch broken json', 'PATCH', cm + '/a', { type: M, body: '{"a":' })
await say('merge patch array', 'PATCH', cm + '/a', { type: M, body: '[]' })
await say('strategic patch array', 'PATCH', cm + '/a', { type: S, body: '[]' })
await say('strategic broken', 'PATCH', cm + '/a', { type: S, body: '{' })
await say('json patch bad op', 'PATCH', cm + '/a', { type: JP, body: '[{"op":"foo","path":"/x"}]' })
await say('json patch broken', 'PATCH', cm + '/a', { type: JP, body: '[' })
await say('json patch empty', 'PATCH', cm + '/a', { type: JP, body: '[]' })
await say('merge patch wrong type', 'PATCH', cm + '/a', { type: M, body: '{"data":{"a":1}}' })
await say('merge patch wrong type dep', 'PATCH', dep + '/a', { type: M, body: '{"spec":{"replicas":"x"}}' })
await say('strategic wrong type dep', 'PATCH', dep + '/a', { type: S, body: '{"spec":{"replicas":"x"}}' })
await say('merge patch dup', 'PATCH', cm + '/a', { type: M, body: '{"data":{"a":"1","a":"2"}}' })
await say('merge patch wrong kind', 'PATCH', cm + '/a', { type: M, body: '{"kind":"Pod"}' })
await say('merge patch wrong apiVersion', 'PATCH', cm + '/a', { type: M, body: '{"apiVersion":"v2"}' })
await say('merge patch wrong uid', 'PATCH', cm + '/a', { type: M, body: '{"metadata":{"uid":"x"}}' })
await say('apply broken yaml', 'PATCH', cm + '/a?fieldManager=m', { type: A, body: '{a: [' })
await say('apply no kind', 'PATCH', cm + '/a?fieldManager=m', { type: A, body: 'apiVersion: v1\nmetadata: {name: a}' })
await say('apply no apiVersion', 'PATCH', cm + '/a?fieldManager=m', {
  type: A,
  body: 'kind: ConfigMap\nmetadata: {name: a}',
})
await say('apply wrong version', 'PATCH', dep + '/a?fieldManager=m', {
  type: A,
  body: 'kind: Deployment\napiVersion: apps/v1beta1\nmetadata: {name: a}',
})
await say('apply wrong kind', 'PATCH', cm + '/a?fieldManager=m', {
  type: A,
  body: 'kind: Secret\napiVersion: v1\nmetadata: {name: a}',
})
await say('apply no name', 'PATCH', cm + '/zz?fieldManager=m', { type: A, body: 'kind: ConfigMap\napiVersion: v1\n' })
await say('apply other name', 'PATCH', cm + '/zz?fieldManager=m', {
  type: A,
  body: 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: yy}',
})
await say('apply string', 'PATCH', cm + '/zz?fieldManager=m', { type: A, body: 'hello' })
await say('apply type mismatch', 'PATCH', cm + '/zz?fieldManager=m', {
  type: A,
  body: 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: zz}\ndata: {a: 1}',
})
await say('apply dup list keys', 'PATCH', dep + '/zz?fieldManager=m', {
  type: A,
  body: 'kind: Deployment\napiVersion: apps/v1\nmetadata: {name: zz}\nspec: {template: {spec: {containers: [{name: a},{name: a}]}}}',
})
await say('apply strict dup', 'PATCH', cm + '/zz?fieldManager=m&fieldValidation=Strict', {
  type: A,
  body: 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: zz}\ndata: {a: x, a: y}',
})
await say('apply cr unknown field', 'PATCH', foos + '/zz?fieldManager=m', {
  type: A,
  body: 'kind: Foo\napiVersion: ex.io/v1\nmetadata: {name: zz}\nspec: {nope: 1}',
})
await say('apply cr unknown field strict', 'PATCH', foos + '/zz?fieldManager=m&fieldValidation=Strict', {
  type: A,
  body: 'kind: Foo\napiVersion: ex.io/v1\nmetadata: {name: zz}\nspec: {nope: 1}',
})
await say('apply to status missing', 'PATCH', foos + '/missing/status?fieldManager=m', {
  type: A,
  body: 'kind: Foo\napiVersion: ex.io/v1\nmetadata: {name: missing}',
})
await say('fieldManager control char', 'POST', cm + '?fieldManager=a%0Ab', { body: configMap('q') })
await say('fieldManager long', 'POST', cm + '?fieldManager=' + 'x'.repeat(129), { body: configMap('q') })
await say('patch json type builtin', 'PATCH', cm + '/a', { type: J, body: '{}' })
await say('patch json type CR', 'PATCH', foos + '/a', { type: J, body: '{}' })
await say('patch no type', 'PATCH', foos + '/a', { body: '{}' })
await say('create no body', 'POST', cm, { type: J, body: '' })
await say('create empty obj', 'POST', cm, { type: J, body: '{}' })
await say('create array', 'POST', cm, { type: J, body: '[]' })
await say('create string', 'POST', cm, { type: J, body: '"x"' })
await say('create null', 'POST', cm, { type: J, body: 'null' })
await say('create cr array', 'POST', foos, { type: J, body: '[]' })
await say('create cr no apiVersion', 'POST', foos, { type: J, body: '{"kind":"Foo"}' })
await say('create cr empty', 'POST', foos, { type: J, body: '{}' })
await say('create cr other kind', 'POST', foos, {
  type: J,
  body: '{"kind":"Bar","apiVersion":"ex.io/v1","metadata":{"name":"x"}}',
})
await say('create cr unknown apiVersion', 'POST', foos, {
  type: J,
  body: '{"kind":"Foo","apiVersion":"v1","metadata":{"name":"x"}}',
})
await say('create unknown kind', 'POST', cm, {
  type: J,
  body: '{"kind":"Nope","apiVersion":"v1","metadata":{"name":"x"}}',
})
await say('create other group kind', 'POST', cm, { body: deployment('q') })
await say('create bad yaml', 'POST', cm, { type: 'application/yaml', body: 'a: [' })
await say('create labels wrong', 'POST', cm, {
  body: configMap('q', { metadata: { name: 'q', labels: { 'a b': 'c d' } } }),
})
await say('create spec string', 'POST', dep, { type: J, body: '{"metadata":{"name":"q"},"spec":"x"}' })
await say('create containers obj', 'POST', dep, {
  type: J,
  body: '{"metadata":{"name":"q"},"spec":{"template":{"spec":{"containers":{}}}}}',
})
await say('create replicas float', 'POST', dep, { type: J, body: '{"metadata":{"name":"q"},"spec":{"replicas":1.5}}' })
await say('create bad time', 'POST', cm, { type: J, body: '{"metadata":{"name":"q","creationTimestamp":"yesterday"}}' })
await say('create bad base64', 'POST', core + '/secrets', {
  type: J,
  body: '{"metadata":{"name":"q"},"data":{"a":"###"}}',
})
await say('create dep empty', 'POST', dep, { type: J, body: '{"metadata":{"name":"q"}}' })
await say('POST all namespaces', 'POST', '/api/v1/configmaps', { body: configMap('q') })
await say('PUT subresource missing', 'PUT', cm + '/a/status', { body: configMap('a') })
await say('POST to status', 'POST', dep + '/a/status', { body: deployment('a') })
await say('GET name at cluster', 'GET', '/api/v1/configmaps/a')
await say('GET ns in cluster-scoped', 'GET', '/api/v1/namespaces/test/nodes')
await say('finalizer', 'POST', cm, { body: configMap('fin', { metadata: { name: 'fin', finalizers: ['foo'] } }) })
await say('finalizer cr', 'POST', foos, { body: foo('fin', { metadata: { name: 'fin', finalizers: ['foo'] } }) })
await say('delete ns collection', 'DELETE', '/api/v1/namespaces')
await say('endpoints deprecated', 'GET', core + '/endpoints')
await say('cs', 'GET', '/api/v1/componentstatuses')
await say('limit bad', 'GET', cm + '?limit=abc')
await say('limit neg', 'GET', cm + '?limit=-1')
await say('timeoutSeconds bad', 'GET', cm + '?timeoutSeconds=abc')
await say('fieldSelector bad', 'GET', cm + '?fieldSelector=abc')
await say('labelSelector bad', 'GET', cm + '?labelSelector=a%3D%3D%3Db')
await say('labelSelector bad value', 'GET', cm + '?labelSelector=a%3Db%20c')
await say('delete body bad', 'DELETE', cm + '/a', { type: J, body: '{"gracePeriodSeconds":"x"}' })
await say('delete body kind', 'DELETE', cm + '/a', { type: J, body: '{"kind":"Foo","apiVersion":"v1"}' })
await say('delete dryRun bad', 'DELETE', cm + '/a?dryRun=x')
await say('delete type', 'DELETE', cm + '/a', { type: 'text/plain', body: 'x' })
await say('put other ns', 'PUT', cm + '/a', { body: configMap('a', { metadata: { name: 'a', namespace: 'x' } }) })
await say('put rv bad', 'PUT', cm + '/a', { body: configMap('a', { metadata: { name: 'a', resourceVersion: 'abc' } }) })
await say('put rv bad cr', 'PUT', foos + '/a', { body: foo('a', { metadata: { name: 'a', resourceVersion: 'abc' } }) })
await say('put rv 0 cr', 'PUT', foos + '/a', { body: foo('a', { metadata: { name: 'a', resourceVersion: '0' } }) })
await say('ns put', 'PUT', '/api/v1/namespaces/zzz', {
  body: { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'zzz' } },
})
await say('get /api/v1/namespaces/test/finalize', 'GET', '/api/v1/namespaces/test/finalize')
await say('review get', 'GET', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews')
await say('generateName bad', 'POST', cm, { body: configMap('', { metadata: { generateName: 'A_' } }) })
await say('HEAD /version', 'HEAD', '/version')
await say('POST /version', 'POST', '/version')
await say('GET /apis/', 'GET', '/apis/')
await say('GET /api/', 'GET', '/api/')
await say('GET /api/v1/', 'GET', '/api/v1/')
await say('GET trailing slash', 'GET', cm + '/')
await say('accept garbage', 'GET', cm, { accept: 'nonsense' })
await say('scale bad kind', 'PUT', dep + '/a/scale', {
  body: { kind: 'Deployment', apiVersion: 'apps/v1', metadata: { name: 'a' } },
})
await say('ssar empty', 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
  body: { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec: {} },
})
await world[Symbol.asyncDispose]()
