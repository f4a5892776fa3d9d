import type { JsonObject } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, foo, fooCrd, install } from './objects.ts'
import { at, list, namesOf, startWorld, text, type World } from './support.ts'

describe('List', () => {
  let world: World
  let maps: string
  const foos = '/apis/ex.io/v1/namespaces/test/foos'
  const names = ['a', 'b', 'c', 'd', 'e']
  beforeAll(async () => {
    world = await startWorld()
    maps = `${await world.namespace('test')}/configmaps`
    await install(world, fooCrd())
    for (const name of names.toReversed()) {
      await world.ok('POST', maps, { body: configMap(name, { metadata: { name, labels: { is: name } } }) })
      await world.ok('POST', foos, { body: foo(name, { metadata: { name, labels: { is: name } } }) })
    }
    await world.ok('DELETE', `${maps}/kube-root-ca.crt`).catch(() => ({}))
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const ours = '?labelSelector=is'
  const invalid = (field: string, message: string, reason = 'FieldValueForbidden'): unknown => ({
    code: 422,
    reason: 'Invalid',
    message: `ListOptions.meta.k8s.io "" is invalid: ${field}: ${message}`,
    details: { group: 'meta.k8s.io', kind: 'ListOptions', causes: [{ reason, message, field }] },
  })

  it('answers kind, apiVersion, the revision and the items; built-in items carry no kind of their own', async () => {
    const built = await world.ok('GET', maps + ours)
    expect(built).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' })
    expect(Object.keys(built['metadata'] as object)).toEqual(['resourceVersion'])
    expect(built['items']).toHaveLength(5)
    for (const item of list(built, 'items')) {
      expect(item).not.toHaveProperty('kind')
      expect(item).not.toHaveProperty('apiVersion')
    }
  })

  it('carries kind and apiVersion in the items of custom resources, and an empty continue', async () => {
    const custom = await world.ok('GET', foos)
    expect(custom).toMatchObject({ kind: 'FooList', apiVersion: 'ex.io/v1', metadata: { continue: '' } })
    for (const item of list(custom, 'items')) expect(item).toMatchObject({ kind: 'Foo', apiVersion: 'ex.io/v1' })
  })

  it('answers an empty array when there is nothing', async () => {
    for (const path of ['/api/v1/namespaces/none/configmaps', '/apis/ex.io/v1/namespaces/none/foos']) {
      const { code, json } = await world.call('GET', path)
      expect([code, json['items']]).toEqual([200, []])
    }
  })

  it('sorts by namespace and name', async () => {
    expect(namesOf(await world.ok('GET', maps + ours))).toEqual(names)
    expect(namesOf(await world.ok('GET', foos))).toEqual(names)
    expect(namesOf(await world.ok('GET', `/api/v1/configmaps${ours}`))).toEqual(names)
  })

  it('pages with limit and continue: one revision on all pages, and how many remain', async () => {
    for (const path of ['/apis/ex.io/v1/foos', foos]) {
      const first = await world.ok('GET', `${path}?limit=2`)
      expect([namesOf(first), at(first, 'metadata.remainingItemCount')]).toEqual([['a', 'b'], 3])
      const revision = text(first, 'metadata.resourceVersion')
      // A change in between is not seen.
      await world.ok('POST', foos, { body: foo('bb') })
      const second = await world.ok('GET', `${path}?limit=2&continue=${text(first, 'metadata.continue')}`)
      expect([namesOf(second), at(second, 'metadata.remainingItemCount')]).toEqual([['c', 'd'], 1])
      const third = await world.ok('GET', `${path}?limit=2&continue=${text(second, 'metadata.continue')}`)
      expect([namesOf(third), at(third, 'metadata.remainingItemCount')]).toEqual([['e'], undefined])
      expect(text(third, 'metadata.continue')).toBe('')
      expect([second, third].map((page) => text(page, 'metadata.resourceVersion'))).toEqual([revision, revision])
      await world.ok('DELETE', `${foos}/bb`)
    }
  })

  it('tells no remaining count with selectors', async () => {
    const page = await world.ok('GET', `${maps}${ours}&limit=2`)
    expect(namesOf(page)).toEqual(['a', 'b'])
    expect(text(page, 'metadata.continue')).not.toBe('')
    expect(page['metadata']).not.toHaveProperty('remainingItemCount')
  })

  it('makes continue tokens of base64url JSON with version, revision and start', async () => {
    const page = await world.ok('GET', `${foos}?limit=1`)
    const token: unknown = JSON.parse(Buffer.from(text(page, 'metadata.continue'), 'base64url').toString())
    expect(token).toEqual({
      v: 'meta.k8s.io/v1',
      rv: Number(text(page, 'metadata.resourceVersion')),
      start: expect.stringMatching(/a\0$/),
    })
  })

  it('refuses tokens that it did not make: 400', async () => {
    const tokens = ['abc', Buffer.from('{"v":"meta.k8s.io/v9","rv":1,"start":"a"}').toString('base64url')]
    for (const token of tokens) {
      const refused = await world.refused('GET', `${maps}?limit=2&continue=${token}`)
      expect([refused.code, refused.reason]).toEqual([400, 'BadRequest'])
      expect(refused.message).toMatch(/^invalid continue token: /)
    }
  })

  it('refuses a revision beside a token: 400', async () => {
    const token = text(await world.ok('GET', `${foos}?limit=1`), 'metadata.continue')
    expect(await world.refused('GET', `${foos}?limit=1&continue=${token}&resourceVersion=5`)).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: 'specifying resource version is not allowed when using continue',
    })
  })

  it('refuses resourceVersionMatch without a revision, with a token, Exact with 0, and values it does not know', async () => {
    const field = 'resourceVersionMatch'
    const forbidden = (text: string): unknown => invalid(field, `Forbidden: ${text}`)
    const token = text(await world.ok('GET', `${foos}?limit=1`), 'metadata.continue')
    for (const path of [maps, foos]) {
      expect(await world.refused('GET', `${path}?resourceVersionMatch=Exact`)).toEqual(
        forbidden('resourceVersionMatch is forbidden unless resourceVersion is provided'),
      )
      expect(await world.refused('GET', `${path}?resourceVersionMatch=Exact&resourceVersion=0`)).toEqual(
        forbidden('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
      )
      expect(await world.refused('GET', `${path}?resourceVersionMatch=Foo&resourceVersion=1`)).toEqual(
        invalid(
          field,
          'Unsupported value: "Foo": supported values: "Exact", "NotOlderThan", ""',
          'FieldValueNotSupported',
        ),
      )
      expect(await world.refused('GET', `${path}?resourceVersionMatch=NotOlderThan&continue=${token}`)).toEqual(
        forbidden('resourceVersionMatch is forbidden when continue is provided'),
      )
    }
  })

  it('refuses sendInitialEvents: 422', async () => {
    expect(await world.refused('GET', `${maps}?sendInitialEvents=true`)).toEqual(
      invalid('sendInitialEvents', 'Forbidden: sendInitialEvents is forbidden for list'),
    )
  })

  it('refuses a revision that is no number: 400', async () => {
    for (const path of [maps, foos]) {
      const refused = await world.refused('GET', `${path}?resourceVersion=abc`)
      expect([refused.code, refused.reason]).toEqual([400, 'BadRequest'])
      expect(refused.message).toMatch(
        /^invalid resource version: resourceVersion: Invalid value: "abc": strconv\.ParseUint: parsing "abc": invalid syntax/,
      )
    }
  })

  it('answers the state at exactly the revision asked for', async () => {
    const before = text(await world.ok('GET', foos), 'metadata.resourceVersion')
    await world.ok('POST', foos, { body: foo('z') })
    const exact = await world.ok('GET', `${foos}?resourceVersion=${before}&resourceVersionMatch=Exact`)
    expect([namesOf(exact), text(exact, 'metadata.resourceVersion')]).toEqual([names, before])
    const atLeast = await world.ok('GET', `${foos}?resourceVersion=${before}&resourceVersionMatch=NotOlderThan`)
    expect(namesOf(atLeast)).toEqual([...names, 'z'])
    await world.ok('DELETE', `${foos}/z`)
  })

  it('ignores the limit at revision 0', async () => {
    expect(namesOf(await world.ok('GET', `${foos}?limit=2&resourceVersion=0`))).toEqual(names)
  })

  it('waits about 3 s for a revision from the future, then answers 504 with Retry-After, lists and single objects alike', async () => {
    const future = `resourceVersion=99999999`
    const answers = await Promise.all([
      world.call('GET', `${maps}?${future}`),
      world.call('GET', `${maps}/a?${future}`),
      world.call('GET', `${foos}?${future}`),
    ])
    for (const { code, headers, json } of answers) {
      expect([code, json['reason'], headers['retry-after']]).toEqual([504, 'Timeout', '1'])
      expect(json['message']).toMatch(/^Timeout: Too large resource version: 99999999, current: \d+$/)
      expect(json['details']).toEqual({
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      })
    }
  })

  it('gets at least the revision that is asked for', async () => {
    const written = await world.ok('PATCH', `${maps}/a`, {
      type: 'application/merge-patch+json',
      body: { data: { x: 'y' } } as JsonObject,
    })
    const revision = text(written, 'metadata.resourceVersion')
    expect(at(await world.ok('GET', `${maps}/a?resourceVersion=${revision}`), 'data.x')).toBe('y')
    expect((await world.refused('GET', `${maps}/a?resourceVersion=abc`)).code).toBe(400)
  })
})
