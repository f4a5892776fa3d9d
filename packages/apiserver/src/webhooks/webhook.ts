import { type LabelMatcher, labelSelectorMatcher, type LabelSelector } from '@kairship/apimachinery'
import { at, type Fields, integer, items, type ReadonlyFields, strings, text } from '../builtin/fields.ts'
import { type ClientConfig, parseClientConfig } from '../outbound/targets.ts'

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

export interface Rule {
  readonly operations: readonly string[]
  readonly apiGroups: readonly string[]
  readonly apiVersions: readonly string[]
  readonly resources: readonly { readonly resource: string; readonly subresource: string }[]
  readonly scope: string
  /** Names of objects; absent: any. Only rules of policies have some. */
  readonly names?: readonly string[]
}

export interface MatchCondition {
  readonly name: string
  readonly expression: string
}

/** One webhook of one configuration, read from its object once. */
export interface Webhook {
  /** Unique among all: configuration, position and name. */
  readonly id: string
  readonly configuration: string
  readonly name: string
  readonly rules: readonly Rule[]
  readonly equivalent: boolean
  readonly ignoresFailure: boolean
  readonly timeoutSeconds: number
  readonly reinvoke: boolean
  readonly hasSideEffects: boolean
  /** `undefined` selects everything. */
  readonly namespaces: LabelMatcher | undefined
  readonly objects: LabelMatcher | undefined
  readonly conditions: readonly MatchCondition[]
  /** The version of AdmissionReview it is sent. */
  readonly reviewVersion: 'v1' | 'v1beta1'
  /** Throws when the object got in with a broken one. */
  readonly config: () => ClientConfig
}

export function parseWebhooks(configuration: ReadonlyFields, name: string): readonly Webhook[] {
  return items(configuration, 'webhooks').map((each, index) => parseWebhook(each, name, index))
}

function parseWebhook(fields: Fields, configuration: string, index: number): Webhook {
  const name = text(fields, 'name')
  const versions = strings(fields, 'admissionReviewVersions')
  let config: ClientConfig | undefined
  return {
    id: `${configuration}/${index}/${name}`,
    configuration,
    name,
    rules: items(fields, 'rules').map(parseRule),
    equivalent: text(fields, 'matchPolicy') !== 'Exact',
    ignoresFailure: text(fields, 'failurePolicy') === 'Ignore',
    timeoutSeconds: integer(fields, 'timeoutSeconds') ?? 10,
    reinvoke: text(fields, 'reinvocationPolicy') === 'IfNeeded',
    hasSideEffects: !['None', 'NoneOnDryRun'].includes(text(fields, 'sideEffects')),
    namespaces: parseSelector(at(fields, 'namespaceSelector')),
    objects: parseSelector(at(fields, 'objectSelector')),
    conditions: items(fields, 'matchConditions').map((condition) => ({
      name: text(condition, 'name'),
      expression: text(condition, 'expression'),
    })),
    reviewVersion: versions.find((version) => version === 'v1' || version === 'v1beta1') ?? 'v1',
    config: () => (config ??= parseClientConfig(at(fields, 'clientConfig'))),
  }
}

export function parseRule(fields: ReadonlyFields): Rule {
  return {
    operations: strings(fields, 'operations'),
    apiGroups: strings(fields, 'apiGroups'),
    apiVersions: strings(fields, 'apiVersions'),
    resources: strings(fields, 'resources').map((entry) => {
      const [resource = '', subresource = ''] = entry.split('/')
      return { resource, subresource }
    }),
    scope: text(fields, 'scope') || '*',
  }
}

function parseSelector(selector: ReadonlyFields): LabelMatcher | undefined {
  return Object.keys(selector).length === 0 ? undefined : labelSelectorMatcher(selector as LabelSelector)
}
