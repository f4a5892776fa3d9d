import { describe, expect, it } from 'vitest'
import { FieldErrors } from './field-errors.ts'
import { fieldErrorText } from './invalid.ts'
import { subdomainName, validateMetadata, validateMetadataUpdate } from './metadata.ts'

function problems(meta: object): string[] {
  const errors = new FieldErrors()
  validateMetadata({ name: 'a', namespace: 'ns', ...meta }, true, subdomainName, errors)
  return errors.list.map(fieldErrorText)
}
function updateProblems(meta: object, old: object): string[] {
  const errors = new FieldErrors()
  const base = { name: 'a', namespace: 'ns', uid: 'u1', creationTimestamp: '2026-01-01T00:00:00Z' }
  validateMetadataUpdate({ ...base, ...meta }, { ...base, ...old }, errors)
  return errors.list.map(fieldErrorText)
}

describe('metadata', () => {
  it('needs a name', () => {
    expect(problems({ name: '' })).toEqual(['metadata.name: Required value: name or generateName is required'])
  })

  it('checks names by the rules of RFC 1123', () => {
    expect(problems({ name: 'B_ad' })[0]).toMatch(
      /^metadata\.name: Invalid value: "B_ad": a lowercase RFC 1123 subdomain must consist of/,
    )
  })

  it('checks keys and values of labels, and keys of annotations whatever their case', () => {
    expect(problems({ labels: { 'a b': 'x' } })[0]).toContain(
      'metadata.labels: Invalid value: "a b": name part must consist',
    )
    expect(problems({ labels: { a: 'not valid' } })[0]).toContain(
      'metadata.labels: Invalid value: "not valid": a valid label',
    )
    expect(problems({ annotations: { 'EXAMPLE.com/a': 'any thing' } })).toEqual([])
  })

  it('limits annotations to 256 KiB in all', () => {
    expect(problems({ annotations: { a: 'x'.repeat(262_144) } })).toEqual([
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ])
  })

  it('allows one controller among the owners, and no nameless owners', () => {
    const owner = (name: string): object => ({ apiVersion: 'v1', kind: 'Pod', name, uid: name, controller: true })
    expect(problems({ ownerReferences: [owner('a'), owner('b')] })[0]).toContain(
      'Only one reference can have Controller set to true. Found "true" in references for Pod/a and Pod/b',
    )
    expect(problems({ ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: '', uid: 'x' }] })).toEqual([
      'metadata.ownerReferences.name: Invalid value: "": must not be empty',
    ])
  })

  it('refuses new finalizers on an object that is being deleted', () => {
    const deletionTimestamp = '2026-01-02T00:00:00Z'
    expect(
      updateProblems(
        { deletionTimestamp, finalizers: ['x.io/a', 'y.io/z'] },
        { deletionTimestamp, finalizers: ['x.io/a'] },
      ),
    ).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"y.io/z"}',
    ])
    expect(updateProblems({ deletionTimestamp }, { deletionTimestamp, finalizers: ['x.io/a'] })).toEqual([])
  })

  it('does not let system fields change', () => {
    expect(updateProblems({ uid: 'u2' }, {})).toEqual(['metadata.uid: Invalid value: "u2": field is immutable'])
    expect(updateProblems({ creationTimestamp: '2027-01-01T00:00:00Z' }, {})).toEqual([
      'metadata.creationTimestamp: Invalid value: "2027-01-01T00:00:00Z": field is immutable',
    ])
  })

  it('does not let the two deletion finalizers stand together', () => {
    expect(problems({ finalizers: ['orphan', 'foregroundDeletion'] })).toEqual([
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    ])
  })
})
