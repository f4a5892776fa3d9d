import type { JsonObject, OperationQuery } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, configMaps, createNamespace, ok, refused } from '../testing/calls.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'
import { encodeContinue } from './continue-token.ts'

interface Listed {
  readonly metadata: {
    readonly resourceVersion: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
  readonly items: readonly { readonly metadata: { readonly name: string } }[]
}
const names = (list: Listed): readonly string[] => list.items.map(({ metadata }) => metadata.name)

describe('list', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    for (const namespace of ['test', 'other']) await createNamespace(server.connection, namespace)
    for (const [name, tier] of [
      ['c', 'web'],
      ['a', 'web'],
      ['e', 'db'],
      ['b', 'db'],
      ['d', 'web'],
    ]) {
      const body = configMap(name ?? '', { metadata: { name: name ?? '', labels: { tier: tier ?? '' } } })
      await ok(server.connection, { verb: 'create', ...configMaps, body })
    }
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const list = async (query: OperationQuery = {}): Promise<Listed> =>
    (await ok(server.connection, { verb: 'list', ...configMaps, query: own(query) })) as never as Listed
  // The plane itself keeps a ConfigMap in every namespace.
  const own = (query: OperationQuery): OperationQuery => ({ labelSelector: 'tier', ...query })

  it('is sorted by name', async () => {
    expect(names(await list())).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it.each([
    [{ labelSelector: 'tier=web' }, ['a', 'c', 'd']],
    [{ labelSelector: 'tier in (db),tier!=web' }, ['b', 'e']],
    [{ fieldSelector: 'metadata.name=d' }, ['d']],
    [{ fieldSelector: 'metadata.name!=d,metadata.namespace=test' }, ['a', 'b', 'c', 'e']],
  ])('selects by %j', async (query, expected) => {
    expect(names(await list(query))).toEqual(expected)
  })

  it.each([
    [{ labelSelector: 'a in b' }, "unable to parse requirement: found 'b' expected: '('"],
    [
      { fieldSelector: 'data.x=1' },
      '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
  ])('refuses the selector %j', async (query, message) => {
    const status = await refused(server.connection, { verb: 'list', ...configMaps, query })
    expect(status['code']).toBe(400)
    expect(status['message']).toContain(message)
  })

  it('pages through one consistent state while it changes', async () => {
    const all = (await ok(server.connection, { verb: 'list', ...configMaps })) as never as Listed
    const first = (await ok(server.connection, { verb: 'list', ...configMaps, query: { limit: 2 } })) as never as Listed
    expect(first.items).toHaveLength(2)
    expect(first.metadata.remainingItemCount).toBe(all.items.length - 2)
    await ok(server.connection, { verb: 'create', ...configMaps, body: configMap('bb') })
    await ok(server.connection, { verb: 'delete', ...configMaps, name: 'd' })
    const change = { verb: 'patch', patchType: 'merge', ...configMaps } as const
    await ok(server.connection, { ...change, name: 'e', body: { data: { new: 'value' } } })
    const seen = [...first.items]
    let page = first
    while (page.metadata.continue !== undefined) {
      const query = { limit: 2, continue: page.metadata.continue }
      page = (await ok(server.connection, { verb: 'list', ...configMaps, query })) as never as Listed
      expect(page.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
      seen.push(...page.items)
    }
    expect(seen).toEqual(all.items)
    await ok(server.connection, { verb: 'delete', ...configMaps, name: 'bb' })
    const again = configMap('d', { metadata: { name: 'd', labels: { tier: 'web' } } })
    await ok(server.connection, { verb: 'create', ...configMaps, body: again })
  })

  it('does not count what remains when selectors are given', async () => {
    const page = await list({ limit: 2 })
    expect(page.metadata.continue).toBeTypeOf('string')
    expect(page.metadata.remainingItemCount).toBeUndefined()
  })

  it('reads an exact past state', async () => {
    const before = await list()
    await ok(server.connection, { verb: 'delete', ...configMaps, name: 'a' })
    const { resourceVersion } = before.metadata
    expect(names(await list())).not.toContain('a')
    expect(await list({ resourceVersion, resourceVersionMatch: 'Exact' })).toEqual(before)
    expect(names(await list({ resourceVersion, resourceVersionMatch: 'NotOlderThan' }))).not.toContain('a')
  })

  it.each<[OperationQuery, number, string]>([
    [
      { resourceVersionMatch: 'Exact' },
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    [
      { resourceVersionMatch: 'Exact', resourceVersion: '0' },
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    [
      { resourceVersionMatch: 'Foo', resourceVersion: '1' },
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Foo": supported values: "Exact", "NotOlderThan", ""',
    ],
    [
      { sendInitialEvents: true },
      422,
      'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
    ],
    [
      { resourceVersion: 'abc' },
      400,
      'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    ],
    [{ continue: 'nonsense' }, 400, 'invalid continue token: continue key is not valid'],
    [
      { continue: encodeContinue({ revision: 1, start: 'a' }), resourceVersion: '5' },
      400,
      'specifying resource version is not allowed when using continue',
    ],
  ])('refuses %j', async (query, code, message) => {
    const status = await refused(server.connection, { verb: 'list', ...configMaps, query })
    expect([status['code'], status['message']]).toEqual([code, message])
  })

  it('says 410 with a token for the rest when a page is too old', async () => {
    const token = encodeContinue({ revision: -1, start: 'test/c' })
    const rest = (await ok(server.connection, {
      verb: 'list',
      ...configMaps,
      query: { continue: token },
    })) as never as Listed
    expect(names(rest).filter((name) => name.length === 1)).toEqual(['c', 'd', 'e'])
  })

  it('answers 504 for a revision that does not come', async () => {
    const status = await refused(server.connection, {
      verb: 'get',
      ...configMaps,
      name: 'b',
      query: { resourceVersion: '99999999' },
    })
    expect(status).toMatchObject({
      code: 504,
      reason: 'Timeout',
      details: {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      },
    } satisfies JsonObject)
    expect(status['message']).toMatch(/^Timeout: Too large resource version: 99999999, current: \d+$/)
  }, 10_000)
})
