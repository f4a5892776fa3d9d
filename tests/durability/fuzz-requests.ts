import fc from 'fast-check'

export interface FuzzRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string | undefined
}

const hostile = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '',
  '.',
  '..',
  '/',
  '~',
  '~0~1',
  '\u0000',
  '\ud800',
  'é'.repeat(200),
  '%2e%2e%2f',
  '*',
  '-',
  '9'.repeat(400),
  'a'.repeat(10_000),
]
const known = [
  'metadata',
  'name',
  'labels',
  'annotations',
  'data',
  'spec',
  'containers',
  'ports',
  'kind',
  'apiVersion',
  'finalizers',
  'ownerReferences',
  'managedFields',
  '$patch',
  '$setElementOrder/containers',
  '$deleteFromPrimitiveList/finalizers',
  '$retainKeys',
  'resourceVersion',
  'uid',
]
const word = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...known) },
  { weight: 2, arbitrary: fc.constantFrom(...hostile) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
)
const scalar = fc.oneof(
  word,
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(0, -1, 1e308, 2 ** 53, 0.1, -2_147_483_649),
  fc.constantFrom(
    '1e999',
    '100m',
    '99999999999Ti',
    'replace',
    'delete',
    'test',
    '/metadata/name',
    '/__proto__/polluted',
    '/-',
  ),
)
const { value: anything } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: false },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    // Entries and not an object: `__proto__` is to be a key of the text.
    fc.array(fc.tuple(word, tie('value')), { maxLength: 5 }).map((entries) => new Pairs(entries)),
  ),
}))

/** An object that is only ever text: its keys may repeat and be any. */
class Pairs {
  readonly entries: readonly (readonly [string, unknown])[]
  constructor(entries: readonly (readonly [string, unknown])[]) {
    this.entries = entries
  }
}
function toText(value: unknown): string {
  if (value instanceof Pairs) {
    return `{${value.entries.map(([key, inner]) => `${JSON.stringify(key)}:${toText(inner)}`).join(',')}}`
  }
  return Array.isArray(value) ? `[${value.map(toText).join(',')}]` : JSON.stringify(value)
}

const document = anything.map(toText)
/** An object that gets as far as possible: named, with something wrong inside. */
const object = fc
  .tuple(fc.constantFrom('data', 'spec', 'metadata', '__proto__', 'status'), document, fc.integer({ min: 0, max: 9 }))
  .map(([field, value, n]) => `{"metadata":{"name":"fuzz-${n}"},"${field}":${value}}`)
const jsonPatch = fc
  .array(
    fc.tuple(
      fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'),
      fc.array(word, { maxLength: 4 }),
      document,
    ),
  )
  .map((operations) =>
    toText(
      operations.map(
        ([op, path, value]) =>
          new Pairs([
            ['op', op],
            ['path', `/${path.join('/')}`],
            ['from', `/${path.slice(1).join('/')}`],
            ['value', new Raw(value)],
          ]),
      ),
    ),
  )
class Raw {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toJSON(): unknown {
    return JSON.parse(this.text)
  }
}
const yaml = fc.oneof(
  document,
  fc.constantFrom(
    'a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]',
    '<<: {__proto__: {polluted: 1}}',
    '__proto__:\n  polluted: 1\n',
    '? [a]\n: b',
    '!!js/function "x"',
    '--- a\n--- b',
    `${'['.repeat(5_000)}`,
    `${'- '.repeat(5_000)}x`,
    '"\\u0000": 1',
  ),
  fc.string({ unit: 'binary', maxLength: 200 }),
)
const broken = fc.oneof(
  fc.string({ maxLength: 100 }),
  fc.constantFrom(
    '{"a":',
    '['.repeat(20_000),
    '{"a":'.repeat(20_000),
    '1e99999',
    '"\\ud800"',
    '{"a":1,"a":2}',
    '\ufeff{}',
  ),
)
const protobuf = fc
  .tuple(fc.constantFrom('k8s\0', ''), fc.uint8Array({ maxLength: 300 }))
  .map(([magic, bytes]) => Buffer.concat([Buffer.from(magic), bytes]))

const bodies = fc.oneof(
  fc.tuple(fc.constant('application/json'), fc.oneof(object, document, broken)),
  fc.tuple(fc.constant('application/yaml'), yaml),
  fc.tuple(fc.constant('application/vnd.kubernetes.protobuf'), protobuf),
  fc.tuple(fc.constantFrom('text/plain', 'application/json;charset=', ';;;', 'multipart/form-data'), broken),
)
const patches = fc.oneof(
  fc.tuple(fc.constant('application/json-patch+json'), fc.oneof(jsonPatch, document)),
  fc.tuple(
    fc.constantFrom('application/merge-patch+json', 'application/strategic-merge-patch+json'),
    fc.oneof(object, document, broken),
  ),
  fc.tuple(fc.constant('application/apply-patch+yaml'), fc.oneof(object, yaml)),
)
const queries = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'labelSelector',
        'fieldSelector',
        'limit',
        'continue',
        'resourceVersion',
        'resourceVersionMatch',
        'sendInitialEvents',
        'allowWatchBookmarks',
        'timeoutSeconds',
        'dryRun',
        'fieldManager',
        'force',
        'fieldValidation',
        'propagationPolicy',
        'gracePeriodSeconds',
        'pretty',
        '__proto__',
      ),
      fc.oneof(
        word,
        fc.constantFrom(
          'a in (b,c',
          'a=b,c!=d',
          '!a',
          'a notin ()',
          'metadata.name=x',
          'metadata.name!=',
          'All',
          '-5',
          '0',
          'NaN',
          'true',
          'Exact',
          'NotOlderThan',
          ','.repeat(5_000),
          '('.repeat(5_000),
        ),
        fc.string({ maxLength: 30 }),
      ),
    ),
    { maxLength: 4 },
  )
  .map((pairs) => pairs.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&'))
const collections = fc.constantFrom(
  '/api/v1/namespaces/default/configmaps',
  '/api/v1/namespaces/default/pods',
  '/api/v1/namespaces/default/services',
  '/apis/apps/v1/namespaces/default/deployments',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
)
const objects = fc
  .tuple(collections, fc.integer({ min: 0, max: 9 }), fc.constantFrom('', '', '', '/status', '/scale', '/x'))
  .map(([path, n, sub]) => `${path}/fuzz-${n}${sub}`)
const wildPath = fc
  .array(word, { maxLength: 6 })
  .map((parts) => `/${parts.map((part) => encodeURIComponent(part.toWellFormed()).slice(0, 2_000)).join('/')}`)
const headers = fc.dictionary(
  fc.constantFrom(
    'accept',
    'accept-encoding',
    'if-match',
    'impersonate-user',
    'impersonate-group',
    'user-agent',
    'content-encoding',
    'x-remote-user',
  ),
  fc.constantFrom(
    '',
    '*/*',
    'application/json;as=Table;v=v1;g=meta.k8s.io',
    'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    'application/vnd.kubernetes.protobuf',
    ';q=,;;',
    '__proto__',
    'gzip',
    'x'.repeat(2_000),
  ),
  { maxKeys: 2 },
)

const request = (
  method: string,
  path: string,
  query: string,
  more: Readonly<Record<string, string>>,
  body?: readonly [string, Uint8Array | string],
): FuzzRequest => ({
  method,
  path: query === '' ? path : `${path}?${query}`,
  headers: body === undefined ? more : { ...more, 'content-type': body[0] },
  body: body?.[1],
})

/** Requests of every sort, most of them wrong somewhere. */
export const fuzzRequests: fc.Arbitrary<FuzzRequest> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(collections, queries, headers, bodies)
      .map(([path, query, more, body]) => request('POST', path, query, more, body)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(objects, queries, headers, bodies)
      .map(([path, query, more, body]) => request('PUT', path, query, more, body)),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(objects, queries, headers, patches)
      .map(([path, query, more, body]) => request('PATCH', path, query, more, body)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.oneof(collections, objects), queries, headers)
      .map(([path, query, more]) => request('GET', path, query, more)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(collections, queries)
      .map(([path, query]) => request('GET', path, `${query}${query === '' ? '' : '&'}watch=1&timeoutSeconds=1`, {})),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.oneof(collections, objects), queries, bodies)
      .map(([path, query, body]) => request('DELETE', path, query, {}, body)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('GET', 'POST', 'OPTIONS', 'HEAD', 'TRACE'), wildPath, queries, headers)
      .map(([method, path, query, more]) => request(method, path, query, more)),
  },
)
