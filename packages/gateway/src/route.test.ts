import { describe, expect, it } from 'vitest'
import { isApiPath, isWatch, routeOf } from './route.ts'

describe('routes', () => {
  it.each([
    ['/', { to: 'hub', prefix: '' }],
    ['/apis/apps/v1', { to: 'hub', prefix: '' }],
    ['/instances/demo', { to: 'instance', name: 'demo', prefix: '/instances/demo' }],
    ['/instances/demo/api/v1/pods?watch=true', { to: 'instance', name: 'demo', prefix: '/instances/demo' }],
    ['/instances/demo?x', { to: 'instance', name: 'demo', prefix: '/instances/demo' }],
    ['/clusters/gcp-tokyo/version', { to: 'member', name: 'gcp-tokyo', prefix: '/clusters/gcp-tokyo' }],
    ['/instancesx/demo', { to: 'hub', prefix: '' }],
    ['/readyz', { to: 'readyz', prefix: '', verbose: false }],
    ['/readyz?verbose', { to: 'readyz', prefix: '', verbose: true }],
    ['/instances/demo/readyz', { to: 'instance', name: 'demo', prefix: '/instances/demo' }],
  ])('%s', (url, route) => {
    expect(routeOf(url)).toEqual(route)
  })

  it.each([
    '/instances',
    '/clusters/',
    '/instances/..',
    '/instances/%2e%2e/api',
    '/instances/De_mo/api',
    '/clusters//x',
  ])('%s leads nowhere', (url) => {
    expect(routeOf(url).to).toBe('nowhere')
  })
})

it('knows watches and followed logs, which last until somebody ends them', () => {
  expect(isWatch('/api/v1/pods?limit=1&watch=true')).toBe(true)
  expect(isWatch('/api/v1/pods?watch=1')).toBe(true)
  expect(isWatch('/api/v1/watch/pods')).toBe(true)
  expect(isWatch('/api/v1/namespaces/a/pods/b/log?follow=true')).toBe(true)
  expect(isWatch('/api/v1/pods?watch=false')).toBe(false)
  expect(isWatch('/api/v1/namespaces/watch')).toBe(false)
})

it('tells API paths from pages', () => {
  expect(isApiPath('/api')).toBe(true)
  expect(isApiPath('/apis/apps/v1')).toBe(true)
  expect(isApiPath('/version')).toBe(true)
  expect(isApiPath('/')).toBe(false)
  expect(isApiPath('/apiary')).toBe(false)
  expect(isApiPath('')).toBe(false)
})
