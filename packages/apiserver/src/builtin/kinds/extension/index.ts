import type { KindRules } from '../../contracts.ts'
import {
  mutatingBindingRules,
  mutatingPolicyRules,
  validatingBindingRules,
  validatingPolicyRules,
} from './admission-policy.ts'
import { apiServiceRules } from './api-service.ts'
import { mutatingWebhookRules, validatingWebhookRules } from './webhooks.ts'

/** What extends the API: webhooks, admission policies, aggregated servers. CRDs are in `../apiextensions`. */
export const extensionRules: { readonly [key: string]: KindRules | undefined } = {
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': mutatingWebhookRules,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': validatingWebhookRules,
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': mutatingPolicyRules,
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': mutatingBindingRules,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': validatingPolicyRules,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': validatingBindingRules,
  'apiregistration.k8s.io/APIService': apiServiceRules,
}
