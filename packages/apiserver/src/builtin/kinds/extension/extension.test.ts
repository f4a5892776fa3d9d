import { describe, expect, it } from 'vitest'
import { rulesOf } from '../rules.testing.ts'

const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }
const webhook = {
  name: 'a.ex.io',
  clientConfig: { url: 'https://ex.io/hook' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  rules: [rule],
}

describe('a webhook', () => {
  const { refused, defaulted } = rulesOf('admissionregistration.k8s.io', 'ValidatingWebhookConfiguration')
  const mutating = rulesOf('admissionregistration.k8s.io', 'MutatingWebhookConfiguration')
  it('guards, for ten seconds, everything equivalent', () => {
    const service = { namespace: 'n', name: 's' }
    expect(mutating.defaulted({ webhooks: [{ ...webhook, clientConfig: { service } }] })['webhooks']).toEqual([
      {
        ...webhook,
        clientConfig: { service: { ...service, port: 443 } },
        rules: [{ ...rule, scope: '*' }],
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        timeoutSeconds: 10,
        reinvocationPolicy: 'Never',
      },
    ])
    expect(defaulted({ webhooks: [webhook] })['webhooks']).not.toMatchObject([{ reinvocationPolicy: 'Never' }])
  })
  it.each([
    [{ name: 'a' }, 'name: Invalid value: "a": should be a domain with at least three segments separated by dots'],
    [{ name: '' }, 'name: Required value'],
    [{ sideEffects: undefined }, 'sideEffects: Required value: must specify one of None, NoneOnDryRun'],
    [{ sideEffects: 'Some' }, 'sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
    [{ timeoutSeconds: 31 }, 'timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds'],
    [{ admissionReviewVersions: [] }, 'admissionReviewVersions: Required value: must specify one of v1, v1beta1'],
    [
      { admissionReviewVersions: ['v2'] },
      'admissionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1',
    ],
    [{ clientConfig: {} }, 'clientConfig: Required value: exactly one of url or service is required'],
    [
      { clientConfig: { service: { name: 's' } } },
      'clientConfig.service.namespace: Required value: service namespace is required',
    ],
    [
      { clientConfig: { url: 'http://ex.io' } },
      'clientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
    ],
    [
      { clientConfig: { url: 'https://u@ex.io' } },
      'clientConfig.url: Invalid value: "u": user information is not permitted in the URL',
    ],
    [
      { clientConfig: { url: 'https://ex.io?a=1' } },
      'clientConfig.url: Invalid value: "a=1": query parameters are not permitted in the URL',
    ],
    [
      { rules: [{ ...rule, operations: ['*', 'CREATE'] }] },
      'rules[0].operations: Invalid value: ["*","CREATE"]: if \'*\' is present, must not specify other operations',
    ],
    [{ rules: [{ ...rule, apiGroups: [] }] }, 'rules[0].apiGroups: Required value'],
    [
      { rules: [{ ...rule, resources: ['pods/*', 'pods/log'] }] },
      'rules[0].resources[1]: Invalid value: "pods/log": if \'pods/*\' is present, must not specify pods/log',
    ],
    [
      { rules: [{ ...rule, resources: ['*', 'pods'] }] },
      'rules[0].resources: Invalid value: ["*","pods"]: if \'*\' is present, must not specify other resources without subresources',
    ],
    [{ matchConditions: [{ name: 'a' }] }, 'matchConditions[0].expression: Required value'],
  ])('may not have %j', (more, text) => {
    expect(refused({ webhooks: [{ ...webhook, ...more }] })).toEqual([`webhooks[0].${text}`])
  })
  it('has a name of its own', () => {
    expect(refused({ webhooks: [webhook, webhook] })).toEqual(['webhooks[1].name: Duplicate value: "a.ex.io"'])
  })
})

describe('an admission policy', () => {
  const { refused, defaulted } = rulesOf('admissionregistration.k8s.io', 'ValidatingAdmissionPolicy')
  const binding = rulesOf('admissionregistration.k8s.io', 'ValidatingAdmissionPolicyBinding')
  const spec = { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'true' }] }
  it('refuses when it fails, and matches what is equivalent', () => {
    expect(defaulted({ spec })['spec']).toEqual({
      failurePolicy: 'Fail',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        resourceRules: [{ ...rule, scope: '*' }],
      },
      validations: [{ expression: 'true' }],
    })
    expect(refused({ spec })).toEqual([])
  })
  it('checks something of something', () => {
    expect(refused({ spec: {} })).toEqual([
      'spec.matchConstraints: Required value',
      'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
      'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
    ])
    expect(refused({ spec: { ...spec, matchConstraints: {} } })).toEqual([
      'spec.matchConstraints.resourceRules: Required value',
    ])
  })
  it('is bound with at least one action, and does not tell a refusal twice', () => {
    expect(binding.refused({ spec: { policyName: 'p' } })).toEqual([
      'spec.validationActions: Required value: at least one validation action is required',
    ])
    expect(binding.refused({ spec: { policyName: 'p', validationActions: ['Deny', 'Warn'] } })[0]).toContain(
      'must not contain both Deny and Warn',
    )
    expect(
      binding.refused({ spec: { policyName: 'p', validationActions: ['Deny'], paramRef: { name: 'a' } } }),
    ).toEqual(['spec.paramRef.parameterNotFoundAction: Required value'])
  })
})

describe('an APIService', () => {
  const { refused } = rulesOf('apiregistration.k8s.io', 'APIService')
  const spec = { group: 'ex.io', version: 'v1', groupPriorityMinimum: 100, versionPriority: 1 }
  it('is called after its version and group, the core one too', () => {
    expect(refused({ metadata: { name: 'v1.ex.io' }, spec })).toEqual([])
    expect(refused({ metadata: { name: 'v1.' }, spec: { ...spec, group: '' } })).toEqual([])
    expect(refused({ metadata: { name: 'mine' }, spec })).toEqual([
      'metadata.name: Invalid value: "mine": must be `spec.version+"."+spec.group`: "v1.ex.io"',
    ])
  })
  it.each([
    [{ versionPriority: 0 }, 'spec.versionPriority: Invalid value: 0: must be positive and less than 1000'],
    [
      { insecureSkipTLSVerify: true },
      'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
    ],
    [{ service: { name: 's' } }, 'spec.service.namespace: Required value'],
    [
      { service: { name: 's', namespace: 'n' }, insecureSkipTLSVerify: true, caBundle: 'eA==' },
      'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
    ],
  ])('may not have %j', (more, text) => {
    expect(refused({ metadata: { name: 'v1.ex.io' }, spec: { ...spec, ...more } })).toEqual([text])
  })
})
