import { describe, expect, it } from 'vitest'
import { rulesOf } from '../rules.testing.ts'

const backend = { service: { name: 'web', port: { number: 80 } } }
const ingress = (path: object, more: object = {}): object => ({
  metadata: { name: 'i' },
  spec: { rules: [{ host: 'a.example.com', http: { paths: [path] } }], ...more },
})
const plain = { path: '/', pathType: 'Prefix', backend }
const at = 'spec.rules[0].http.paths[0]'

describe('an Ingress', () => {
  const { refused } = rulesOf('networking.k8s.io', 'Ingress')
  it.each([
    ['paths to a numbered port', ingress(plain)],
    ['paths to a named port', ingress({ ...plain, backend: { service: { name: 'web', port: { name: 'http' } } } })],
    ['a resource', ingress({ ...plain, backend: { resource: { apiGroup: 'ex.io', kind: 'Bucket', name: 'b' } } })],
    ['only a default backend', { spec: { defaultBackend: backend } }],
    ['a wildcard host', { spec: { rules: [{ host: '*.example.com' }] } }],
  ])('may have %s', (_what, object) => expect(refused(object)).toEqual([]))

  it.each([
    ['nothing', { spec: {} }, ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified']],
    [
      'a path without a type',
      ingress({ path: '/', backend }),
      [`${at}.pathType: Required value: pathType must be specified`],
    ],
    [
      'an unknown type',
      ingress({ ...plain, pathType: 'Glob' }),
      [`${at}.pathType: Unsupported value: "Glob": supported values: "Exact", "ImplementationSpecific", "Prefix"`],
    ],
    ['a relative path', ingress({ ...plain, path: 'a' }), [`${at}.path: Invalid value: "a": must be an absolute path`]],
    [
      'a path with two slashes',
      ingress({ ...plain, path: '/a//b' }),
      [`${at}.path: Invalid value: "/a//b": must not contain '//'`],
    ],
    [
      'a path that climbs',
      ingress({ ...plain, path: '/a/..' }),
      [`${at}.path: Invalid value: "/a/..": cannot end with '/..'`],
    ],
    [
      'no backend',
      ingress({ path: '/', pathType: 'Prefix' }),
      [`${at}.backend: Invalid value: "": resource or service backend is required`],
    ],
    [
      'both backends',
      ingress({ ...plain, backend: { ...backend, resource: { kind: 'B', name: 'b' } } }),
      [`${at}.backend: Invalid value: "": cannot set both resource and service backends`],
    ],
    [
      'a service without a port',
      ingress({ ...plain, backend: { service: { name: 'web' } } }),
      [`${at}.backend: Required value: port name or number is required`],
    ],
    [
      'both ports',
      ingress({ ...plain, backend: { service: { name: 'web', port: { name: 'http', number: 80 } } } }),
      [`${at}.backend: Invalid value: "": cannot set both port name & port number`],
    ],
    [
      'a port name of digits',
      ingress({ ...plain, backend: { service: { name: 'web', port: { name: '8080' } } } }),
      [`${at}.backend.service.port.name: Invalid value: "8080": must contain at least one letter (a-z)`],
    ],
    [
      'a port out of range',
      ingress({ ...plain, backend: { service: { name: 'web', port: { number: 70000 } } } }),
      [`${at}.backend.service.port.number: Invalid value: 70000: must be between 1 and 65535, inclusive`],
    ],
    ['no paths', { spec: { rules: [{ http: { paths: [] } }] } }, ['spec.rules[0].http.paths: Required value']],
    [
      'a class in two ways',
      {
        metadata: { annotations: { 'kubernetes.io/ingress.class': 'a' } },
        spec: { defaultBackend: backend, ingressClassName: 'b' },
      },
      [
        'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
      ],
    ],
  ])('may not have %s', (_what, object, texts) => expect(refused(object)).toEqual(texts))

  it('is for names, not for addresses', () => {
    expect(refused({ spec: { rules: [{ host: '10.0.0.1' }] } })).toEqual([
      'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ])
    expect(refused({ spec: { rules: [{ host: 'a.*.com' }] } })[0]).toContain("must start with '*.'")
    expect(refused({ spec: { rules: [{ host: 'A.com' }] } })[0]).toContain('a lowercase RFC 1123 subdomain')
  })
})

describe('an IngressClass', () => {
  const { refused, changed, defaulted } = rulesOf('networking.k8s.io', 'IngressClass')
  it('keeps its controller', () => {
    const old = { spec: { controller: 'ex.io/a' } }
    expect(changed(old, old)).toEqual([])
    expect(changed(old, { spec: { controller: 'ex.io/b' } })).toEqual([
      'spec.controller: Invalid value: "ex.io/b": field is immutable',
    ])
  })
  it.each([
    ['', 'spec.controller: Required value'],
    ['nginx', 'spec.controller: Invalid value: "nginx": must be a domain-prefixed path (such as "acme.io/foo")'],
  ])('may not have the controller %j', (controller, text) => {
    expect(refused({ spec: { controller } })).toEqual([text])
  })
  it('has parameters of the cluster unless it says otherwise', () => {
    const parameters = { kind: 'K', name: 'n' }
    expect(defaulted({ spec: { controller: 'ex.io/a', parameters } })['spec']).toMatchObject({
      parameters: { scope: 'Cluster' },
    })
    expect(refused({ spec: { controller: 'ex.io/a', parameters: { ...parameters, scope: 'Namespace' } } })).toEqual([
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ])
  })
})

describe('a NetworkPolicy', () => {
  const { refused, defaulted } = rulesOf('networking.k8s.io', 'NetworkPolicy')
  it('isolates incoming traffic, and outgoing only when it has rules for that', () => {
    expect(defaulted({ spec: {} })['spec']).toEqual({ podSelector: {}, policyTypes: ['Ingress'] })
    expect(defaulted({ spec: { egress: [{ ports: [{ port: 53 }] }] } })['spec']).toEqual({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      egress: [{ ports: [{ port: 53, protocol: 'TCP' }] }],
    })
    expect(defaulted({ spec: { policyTypes: ['Egress'] } })['spec']).toMatchObject({ policyTypes: ['Egress'] })
  })
  it.each([
    ['an empty peer', { from: [{}] }, 'spec.ingress[0].from[0]: Required value: must specify a peer'],
    [
      'a block and a selector',
      { from: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] },
      'spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer',
    ],
    [
      'a block that is none',
      { from: [{ ipBlock: { cidr: '10.0.0.0' } }] },
      'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      'an exception outside its block',
      { from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }] },
      'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
    ],
    [
      'an exception as large as its block',
      { from: [{ ipBlock: { cidr: '2001:db8::/32', except: ['2001:db8::/32'] } }] },
      'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "2001:db8::/32": must be a strict subset of `cidr`',
    ],
    [
      'a range of ports that ends before it starts',
      { ports: [{ port: 90, endPort: 80 }] },
      'spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`',
    ],
    [
      'a range from a named port',
      { ports: [{ port: 'http', endPort: 80 }] },
      'spec.ingress[0].ports[0].endPort: Invalid value: 80: may not be specified when `port` is non-numeric',
    ],
    [
      'an unknown protocol',
      { ports: [{ protocol: 'ICMP' }] },
      'spec.ingress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"',
    ],
    [
      'an unknown operator',
      { from: [{ podSelector: { matchExpressions: [{ key: 'a', operator: 'Near' }] } }] },
      'spec.ingress[0].from[0].podSelector.matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator',
    ],
  ])('may not have %s', (_what, rule, text) => expect(refused({ spec: { ingress: [rule] } })).toEqual([text]))
})

describe('endpoints', () => {
  const slices = rulesOf('discovery.k8s.io', 'EndpointSlice')
  const endpoints = rulesOf('', 'Endpoints')
  it('of a slice have ports over TCP and conditions', () => {
    expect(
      slices.defaulted({ addressType: 'IPv4', ports: [{ port: 80 }], endpoints: [{ addresses: ['10.0.0.1'] }] }),
    ).toMatchObject({
      ports: [{ name: '', port: 80, protocol: 'TCP' }],
      endpoints: [{ addresses: ['10.0.0.1'], conditions: {} }],
    })
  })
  it.each([
    [{}, ['addressType: Required value']],
    [{ addressType: 'MAC' }, ['addressType: Unsupported value: "MAC": supported values: "FQDN", "IPv4", "IPv6"']],
    [
      { addressType: 'IPv4', endpoints: [{ addresses: [] }] },
      ['endpoints[0].addresses: Required value: must contain at least 1 address'],
    ],
    [
      { addressType: 'IPv6', endpoints: [{ addresses: ['10.0.0.1'] }] },
      ['endpoints[0].addresses[0]: Invalid value: "10.0.0.1": must be an IPv6 address'],
    ],
    [
      { addressType: 'IPv4', endpoints: [{ addresses: ['127.0.0.1'] }] },
      [
        'endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
    ],
    [{ addressType: 'IPv4', ports: [{ port: 1 }, { port: 2 }] }, ['ports[1].name: Duplicate value: ""']],
  ])('of the slice %j are refused', (slice, texts) => expect(slices.refused(slice)).toEqual(texts))
  it('of a slice keep the type of their addresses', () => {
    expect(slices.changed({ addressType: 'IPv4' }, { addressType: 'IPv6' })).toEqual([
      'addressType: Invalid value: "IPv6": field is immutable',
    ])
  })
  it.each([
    [[{}], ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`']],
    [
      [{ addresses: [{ ip: 'x' }] }],
      ['subsets[0].addresses[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    ],
    [
      [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 1 }, { name: 'b', port: 2 }] }],
      ['subsets[0].ports[0].name: Required value'],
    ],
  ])('with the subsets %j are refused', (subsets, texts) => expect(endpoints.refused({ subsets })).toEqual(texts))
})

describe('a ServiceCIDR', () => {
  const { refused } = rulesOf('networking.k8s.io', 'ServiceCIDR')
  it('has one range, or one for each family', () => {
    expect(refused({ spec: { cidrs: ['10.0.0.0/16', 'fd00::/108'] } })).toEqual([])
    expect(refused({ spec: { cidrs: ['10.0.0.0/16', '10.1.0.0/16'] } })[0]).toContain('may specify no more than one IP')
    expect(refused({ spec: {} })).toEqual(['spec.cidrs: Required value: at least one CIDR required'])
  })
})
