import { describe, expect, it } from 'vitest'
import { KubeconfigError, parseKubeconfig } from './kubeconfig.ts'

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
const base64 = Buffer.from(pem).toString('base64')
const user = (fields: string): string => `
clusters: [{name: c, cluster: {server: "https://h:6443"}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
users: [{name: u, user: {${fields}}}]
current-context: x`

function problem(text: string, context?: string): string {
  try {
    parseKubeconfig(text, 'file.yaml').context(context)
  } catch (error) {
    if (error instanceof KubeconfigError) return error.message
    throw error
  }
  throw new Error('the kubeconfig was accepted')
}

describe('a kubeconfig', () => {
  it('is read by context, the current one when none is asked for', () => {
    const text = `
clusters:
  - {name: a, cluster: {server: "https://a", certificate-authority-data: ${base64}, tls-server-name: inner}}
  - {name: b, cluster: {server: "https://b", insecure-skip-tls-verify: true, certificate-authority: ca.pem}}
contexts: [{name: one, context: {cluster: a, namespace: shop}}, {name: two, context: {cluster: b}}]
current-context: two`
    const config = parseKubeconfig(text, 'file.yaml')
    expect(config.contexts).toEqual(['one', 'two'])
    expect(config.context()).toMatchObject({ server: 'https://b', insecure: true, ca: { file: 'ca.pem' } })
    expect(config.context('one')).toMatchObject({
      server: 'https://a',
      insecure: false,
      ca: { pem },
      serverName: 'inner',
      namespace: 'shop',
    })
    expect(problem(text, 'three')).toBe('file.yaml: there is no context "three"; it has "one", "two"')
  })

  it('holds tokens, certificates, helpers and impersonation', () => {
    const read = (fields: string) => parseKubeconfig(user(fields), 'f').context()
    expect(read('token: abc').token).toBe('abc')
    expect(read('tokenFile: /run/token').tokenFile).toBe('/run/token')
    expect(read(`client-certificate-data: ${base64}, client-key: key.pem`)).toMatchObject({
      clientCertificate: { pem },
      clientKey: { file: 'key.pem' },
    })
    expect(read('token: abc, as: bob, as-groups: [dev]').impersonate).toEqual({ username: 'bob', groups: ['dev'] })
    expect(read('exec: {command: aws, args: [eks], env: [{name: A, value: b}]}').exec).toMatchObject({
      command: 'aws',
      arguments: ['eks'],
      environment: { A: 'b' },
    })
  })

  it('is refused with what is wrong in it', () => {
    expect(problem('{')).toMatch(/^file\.yaml: this is not YAML/)
    expect(problem('- a')).toMatch(/is not a kubeconfig/)
    expect(problem('kind: Pod')).toMatch(/its kind is "Pod"/)
    expect(problem('{}')).toMatch(/lists no clusters/)
    expect(problem(user('auth-provider: {name: oidc}'))).toMatch(/auth-provider, which Kubernetes removed/)
    expect(problem(user('username: a, password: b'))).toMatch(/password/)
    expect(problem(user('client-certificate-data: AAAA'))).toMatch(/client-certificate-data is not PEM in base64/)
    expect(problem(user('exec: {args: [a]}'))).toMatch(/names no command/)
    const cluster = (fields: string): string =>
      `{clusters: [{name: c, cluster: {${fields}}}], contexts: [{name: x, context: {cluster: c}}], current-context: x}`
    expect(problem(cluster('server: nonsense'))).toMatch(/server of context "x" is not a URL/)
    expect(problem(cluster('server: "https://h", proxy-url: "http://p"'))).toMatch(/proxy-url/)
    expect(problem(cluster('server: "https://h"').replace('cluster: c}', 'cluster: d}'))).toMatch(
      /names the cluster "d", which is missing/,
    )
  })
})
