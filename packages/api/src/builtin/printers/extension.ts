import type { DeepReadonly, KubeObject } from '@kairship/apimachinery'
import type { Printer } from '../../definition.ts'
import type {
  APIService,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from '../generated/types.gen.ts'
import { AGE, age, integer, NAME, nameOf, printer, text } from '../../printing/cells.ts'

/** What upstream shows for kinds without a printer: the creation time as it is stored. */
export const createdAtPrinter: Printer = printer<KubeObject>([NAME, { name: 'Created At', type: 'date' }], (object) => [
  nameOf(object),
  object.metadata.creationTimestamp ?? null,
])

export const webhookConfigurationPrinter: Printer = printer<
  MutatingWebhookConfiguration | ValidatingWebhookConfiguration
>([NAME, integer('Webhooks'), AGE], (object, now) => [nameOf(object), (object.webhooks ?? []).length, age(object, now)])

export const validatingPolicyPrinter: Printer = printer<ValidatingAdmissionPolicy>(
  [NAME, integer('Validations'), text('ParamKind'), AGE],
  (object, now) => [
    nameOf(object),
    (object.spec?.validations ?? []).length,
    paramKind(object.spec?.paramKind),
    age(object, now),
  ],
)

export const mutatingPolicyPrinter: Printer = printer<MutatingAdmissionPolicy>(
  [NAME, integer('Mutations'), text('ParamKind'), AGE],
  (object, now) => [
    nameOf(object),
    (object.spec?.mutations ?? []).length,
    paramKind(object.spec?.paramKind),
    age(object, now),
  ],
)

function paramKind(kind: { readonly apiVersion?: string; readonly kind?: string } | undefined): string {
  return kind === undefined ? '<unset>' : `${kind.apiVersion ?? ''}/${kind.kind ?? ''}`
}

export const policyBindingPrinter: Printer = printer<ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding>(
  [NAME, text('PolicyName'), text('ParamRef'), AGE],
  (object, now) => {
    const reference = object.spec?.paramRef
    return [nameOf(object), object.spec?.policyName ?? '', paramRef(reference), age(object, now)]
  },
)

function paramRef(reference: DeepReadonly<{ namespace?: string; name?: string }> | undefined): string {
  if (reference === undefined) return '<unset>'
  if (reference.name === undefined) return '*'
  return reference.namespace === undefined ? reference.name : `${reference.namespace}/${reference.name}`
}

export const apiServicePrinter: Printer = printer<APIService>(
  [NAME, text('Service'), text('Available'), AGE],
  (object, now) => {
    const service = object.spec?.service
    const available = object.status?.conditions?.find((condition) => condition.type === 'Available')
    const status = available?.status ?? 'Unknown'
    return [
      nameOf(object),
      service === undefined ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`,
      available !== undefined && status !== 'True' ? `${status} (${available.reason ?? ''})` : status,
      age(object, now),
    ]
  },
)
