import * as printers from '../printers/extension.ts'
import { STATUS, type GroupKinds } from './kind.ts'

const shared = {
  cluster: true,
  categories: ['api-extensions'],
  conditionalUpdate: true,
  generation: true,
} as const

const admissionregistration: GroupKinds = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  types: 'io.k8s.api.admissionregistration.v1',
  kinds: [
    {
      ...shared,
      kind: 'MutatingAdmissionPolicy',
      resource: 'mutatingadmissionpolicies',
      printer: printers.mutatingPolicyPrinter,
    },
    {
      ...shared,
      kind: 'MutatingAdmissionPolicyBinding',
      resource: 'mutatingadmissionpolicybindings',
      printer: printers.policyBindingPrinter,
    },
    {
      ...shared,
      kind: 'MutatingWebhookConfiguration',
      resource: 'mutatingwebhookconfigurations',
      printer: printers.webhookConfigurationPrinter,
    },
    {
      ...shared,
      kind: 'ValidatingAdmissionPolicy',
      resource: 'validatingadmissionpolicies',
      subresources: [STATUS],
      printer: printers.validatingPolicyPrinter,
    },
    {
      ...shared,
      kind: 'ValidatingAdmissionPolicyBinding',
      resource: 'validatingadmissionpolicybindings',
      printer: printers.policyBindingPrinter,
    },
    {
      ...shared,
      kind: 'ValidatingWebhookConfiguration',
      resource: 'validatingwebhookconfigurations',
      printer: printers.webhookConfigurationPrinter,
    },
  ],
}

const apiextensions: GroupKinds = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  types: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
  kinds: [
    {
      ...shared,
      kind: 'CustomResourceDefinition',
      resource: 'customresourcedefinitions',
      short: ['crd', 'crds'],
      subresources: [STATUS],
      printer: printers.createdAtPrinter,
    },
  ],
}

const apiregistration: GroupKinds = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  types: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1',
  kinds: [
    {
      kind: 'APIService',
      resource: 'apiservices',
      cluster: true,
      categories: ['api-extensions'],
      conditionalUpdate: true,
      subresources: [STATUS],
      printer: printers.apiServicePrinter,
    },
  ],
}

export const extensionGroups: readonly GroupKinds[] = [admissionregistration, apiextensions, apiregistration]
