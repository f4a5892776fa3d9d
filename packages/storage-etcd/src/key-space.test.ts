import { everything, prefixRange } from '@kairship/storage'
import { describe, expect, it } from 'vitest'
import { KeySpace } from './key-space.ts'

describe('keys below a prefix', () => {
  const keys = new KeySpace('/kairship/hub/')

  it('come back as they were', () => {
    expect(keys.toEtcd('/apps/deployments/shop/web')).toBe('/kairship/hub/apps/deployments/shop/web')
    expect(keys.fromEtcd('/kairship/hub/apps/deployments/shop/web')).toBe('/apps/deployments/shop/web')
  })

  it('never are the head, which lies before all of them', () => {
    expect(keys.head).toBe('/kairship/hub/')
    expect(() => keys.toEtcd('/')).toThrow(TypeError)
    expect(keys.range(everything)).toEqual({ key: '/kairship/hub/\u0000', end: '/kairship/hub0' })
    expect(keys.range({ start: '/' })).toBeUndefined()
  })

  it('are only those that begin with a slash', () => {
    for (const key of ['', 'a', 'apps/x', '/\ud800']) expect(() => keys.toEtcd(key), key).toThrow(TypeError)
    expect(keys.range({ start: 'a' })).toBeUndefined()
    expect(keys.range({ start: '1', end: '2' })).toBeUndefined()
    expect(keys.range({ start: '/c', end: '/a' })).toBeUndefined()
  })

  it('keep the bounds of a range that lies among them', () => {
    expect(keys.range(prefixRange('/apps/'))).toEqual({ key: '/kairship/hub/apps/', end: '/kairship/hub/apps0' })
    expect(keys.range({ start: '', end: '/b' })).toEqual({ key: '/kairship/hub/\u0000', end: '/kairship/hub/b' })
  })

  it('may lie at the root', () => {
    const root = new KeySpace('')
    expect([root.head, root.toEtcd('/a'), root.all]).toEqual(['/', '/a', { key: '/', end: '0' }])
  })
})
