import {
  deepClone,
  type DeepReadonly,
  failure,
  isPlainObject,
  type JsonObject,
  type JsonValue,
  type Unstructured,
} from '@kairship/apimachinery'
import { at, child, type ReadonlyFields, strings, text } from '../builtin/fields.ts'
import { OutboundError } from '../outbound/failure-text.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { postReview, responseOf } from '../outbound/review.ts'
import { type ClientConfig, parseClientConfig } from '../outbound/targets.ts'
import type { PlaneRegistry } from '../strategy.ts'

type View = DeepReadonly<Unstructured>

const group = 'apiextensions.k8s.io'
const timeoutSeconds = 30
const maxAnswerBytes = 64 * 1024 * 1024

/** Objects of a CRD in another version, by asking its conversion webhook. */
export interface Conversion {
  /** In the same order. Throws a 500 `ApiError` with upstream's text. */
  convert(objects: readonly View[], apiVersion: string): Promise<readonly Unstructured[]>
}

export interface ConversionOptions {
  readonly registry: PlaneRegistry
  readonly outbound: Outbound
}

/** The CRD's conversion; `undefined` when its versions have one content. */
export function conversionOf(crd: View, options: ConversionOptions): Conversion | undefined {
  const conversion = at(at(crd, 'spec'), 'conversion')
  const webhook = child(conversion, 'webhook')
  if (text(conversion, 'strategy') !== 'Webhook' || webhook === undefined) return undefined
  return new ConversionWebhook(webhook, options)
}

class ConversionWebhook implements Conversion {
  readonly #options: ConversionOptions
  readonly #webhook: ReadonlyFields
  readonly #version: 'v1' | 'v1beta1'
  #config: ClientConfig | undefined

  constructor(webhook: ReadonlyFields, options: ConversionOptions) {
    this.#webhook = webhook
    this.#options = options
    const versions = strings(webhook, 'conversionReviewVersions')
    this.#version = versions.find((version) => version === 'v1' || version === 'v1beta1') ?? 'v1'
  }

  async convert(objects: readonly View[], apiVersion: string): Promise<readonly Unstructured[]> {
    const foreign = objects.filter((object) => object.apiVersion !== apiVersion)
    const [first] = foreign
    if (first === undefined) return objects.map(draftOf)
    const what = `conversion webhook for ${kindText(first)}`
    const converted = await this.#ask(foreign, apiVersion, what)
    if (converted.length !== foreign.length) {
      throw failed(`${what} returned ${converted.length} objects, expected ${foreign.length}`)
    }
    let next = 0
    return objects.map((object) => {
      if (object.apiVersion === apiVersion) return draftOf(object)
      const index = next++
      return accept(object, converted[index], apiVersion, index, what)
    })
  }

  async #ask(objects: readonly View[], apiVersion: string, what: string): Promise<readonly JsonValue[]> {
    const { registry, outbound } = this.#options
    const uid = registry.random.uuid()
    const request = { uid, desiredAPIVersion: apiVersion, objects: objects.map(parseJson) }
    const version = this.#version
    try {
      this.#config ??= parseClientConfig(at(this.#webhook, 'clientConfig'))
      const review = await postReview(outbound, registry, {
        config: this.#config,
        review: { kind: 'ConversionReview', apiVersion: `${group}/${version}`, request },
        userAgent: 'kube-apiserver-conversion',
        timeoutSeconds,
        maxBytes: maxAnswerBytes,
      })
      const expected = { group, version, kind: 'ConversionReview', uid }
      const response = responseOf(review, expected, 'no response provided')
      const result = at(response, 'result')
      const status = text(result, 'status')
      if (status !== 'Success') {
        throw new OutboundError(text(result, 'message') || `response.result.status was '${status}', not 'Success'`)
      }
      const { convertedObjects } = response
      return Array.isArray(convertedObjects) ? convertedObjects : []
    } catch (error) {
      throw failed(`${what} failed: ${error instanceof Error ? error.message : String(error)}`, error)
    }
  }
}

/** Only labels and annotations may be other than before; the rest of the metadata is the server's. */
function accept(
  before: View,
  converted: JsonValue | undefined,
  apiVersion: string,
  index: number,
  what: string,
): Unstructured {
  const invalid = (problem: string): Error =>
    failed(`${what} returned invalid converted object at index ${index}: ${problem}`)
  if (!isPlainObject(converted)) throw invalid('an object is expected')
  const object = parseUnstructured(converted)
  if (object.apiVersion !== apiVersion) {
    throw failed(
      `${what} returned invalid converted object at index ${index}: invalid groupVersion, expected ${apiVersion}, got ${object.apiVersion}`,
    )
  }
  if (object.kind !== before.kind) throw invalid(`invalid kind, expected ${before.kind}, got ${object.kind}`)
  const metadata = child(object, 'metadata')
  if (metadata === undefined)
    throw failed(`${what} returned invalid metadata: invalid metadata of type <nil> in input object`)
  for (const [key, shown] of [
    ['name', 'name'],
    ['namespace', 'namespace'],
    ['uid', 'UID'],
  ] as const) {
    const was = before.metadata[key] ?? ''
    const is = text(metadata, key)
    if (was !== is) throw invalid(`must have the same ${shown}: ${was} != ${is}`)
  }
  const { labels: _labels, annotations: _annotations, ...kept } = deepClone(before.metadata)
  const changed: { labels?: Labels; annotations?: Labels } = {}
  for (const key of ['labels', 'annotations'] as const) {
    const given = metadata[key]
    if (given === undefined || given === null) continue
    if (!isStringMap(given)) throw failed(`${what} returned invalid metadata: metadata.${key}: map of strings expected`)
    changed[key] = given
  }
  return { ...object, metadata: { ...kept, ...changed } }
}

type Labels = { [key: string]: string }

function isStringMap(value: unknown): value is Labels {
  return isPlainObject(value) && Object.values(value).every((each) => typeof each === 'string')
}

function kindText({ apiVersion = '', kind = '' }: View): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`
}

function failed(message: string, cause?: unknown): Error {
  return failure(500, '', message, undefined, { cause })
}

// What is JSON and has a kind is an object; the type system needs telling.
function draftOf(object: View): Unstructured {
  return deepClone(object) as Unstructured
}
function parseUnstructured(value: object): Unstructured {
  return value as Unstructured
}
function parseJson(object: View): JsonObject {
  return object as JsonObject
}
