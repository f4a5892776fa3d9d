import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  generateName,
  safeEncode,
  validateConfigKey,
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelValue,
  validatePathSegmentName,
  validateQualifiedName,
} from '../index.ts'

describe('names', () => {
  it('explains a bad name in the words of kube-apiserver', () => {
    expect(validateDns1123Subdomain('B_ad')).toEqual([
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ])
    expect(validateDns1123Label('a.b')).toEqual([
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ])
    expect(validateDns1035Label('1a')[0]).toMatch(
      /^a DNS-1035 label must consist of .* \(e\.g\. 'my-name', {2}or 'abc-123', /,
    )
    expect(validateQualifiedName('a/b/c')[0]).toMatch(
      /^a qualified name must .*'\) with an optional DNS subdomain prefix/s,
    )
    expect(validateQualifiedName('/b')).toEqual(['prefix part must be non-empty'])
    expect(validateQualifiedName('')[0]).toBe('name part must be non-empty')
    expect(validateLabelValue('x'.repeat(64))).toEqual(['must be no more than 63 bytes'])
    expect(validateConfigKey('..a')).toEqual(["must not start with '..'"])
    expect(validatePathSegmentName('a/b')).toEqual(["may not contain '/'"])
  })

  it('accepts what Kubernetes accepts', () => {
    for (const name of ['a', '0', 'a.b-c.d', 'x'.repeat(253)]) {
      if (name.length < 64) expect(validateDns1123Subdomain(name)).toEqual([])
    }
    for (const key of ['app', 'app.kubernetes.io/name', 'A_b.C-d']) expect(validateQualifiedName(key)).toEqual([])
    for (const value of ['', 'a', 'MyValue', '1.2.3_x']) expect(validateLabelValue(value)).toEqual([])
    expect(validatePathSegmentName('system:controller:job')).toEqual([])
  })

  it('answers for hostile input before the test times out', () => {
    const hostile = `${'a'.repeat(200_000)}!`
    validateQualifiedName(hostile)
    validateDns1123Subdomain(hostile)
    validateLabelValue('-'.repeat(200_000))
  })

  it('generates names of at most 63 characters from letters without vowels', () => {
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (base, random) => {
        const name = generateName(base, () => random)
        expect(name.length).toBe(Math.min(base.length, 58) + 5)
        expect(name.slice(-5)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/)
      }),
    )
    expect(safeEncode('1234567890')).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{10}$/)
  })
})
