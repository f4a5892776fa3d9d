import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { ListenError, formatAddress, isLoopback, listen, parseAddress } from './listen.ts'

it.each([
  ['127.0.0.1:8443', { host: '127.0.0.1', port: 8443 }],
  ['[::1]:0', { host: '::1', port: 0 }],
  [':6443', { host: '0.0.0.0', port: 6443 }],
  ['kairship.example:443', { host: 'kairship.example', port: 443 }],
])('reads %s', (text, address) => {
  expect(parseAddress(text)).toEqual(address)
})

it.each(['8443', 'host', 'host:', 'host:99999', '::1:80', 'a b:1', 'https://host:1'])('refuses %s', (text) => {
  expect(parseAddress(text)).toBeUndefined()
})

it('writes IPv6 addresses in brackets', () => {
  expect(formatAddress({ host: '::1', port: 1 })).toBe('[::1]:1')
})

it('knows which addresses stay on this machine', () => {
  expect(['localhost', '127.0.0.1', '127.9.9.9', '::1'].every(isLoopback)).toBe(true)
  expect(['0.0.0.0', '::', '10.0.0.1', 'localhost.example', '127.0.0.1.example', '1127.0.0.1'].some(isLoopback)).toBe(
    false,
  )
})

it('says that another program uses the port', async () => {
  const first = createServer()
  const second = createServer()
  const bound = await listen(first, { host: '127.0.0.1', port: 0 })
  const error = await listen(second, bound).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  first.close()
  expect(error).toBeInstanceOf(ListenError)
  expect(String(error)).toContain(`127.0.0.1:${bound.port}: another program uses this port`)
})
