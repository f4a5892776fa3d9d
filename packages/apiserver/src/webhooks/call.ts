import {
  type ApiError,
  errors,
  failure,
  isPlainObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  type StatusDetails,
  type StatusReason,
} from '@kairship/apimachinery'
import { at, flag, integer, stringMap, strings, text } from '../builtin/fields.ts'
import { OutboundError } from '../outbound/failure-text.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { postReview, responseOf } from '../outbound/review.ts'
import type { PlaneRegistry } from '../strategy.ts'
import type { Webhook } from './webhook.ts'

/** A webhook that could not be asked, or answered nonsense: its failure policy decides. */
export class WebhookFailure extends Error {
  override readonly name = 'WebhookFailure'
  constructor(webhook: Webhook, reason: string, options?: ErrorOptions) {
    super(`failed calling webhook ${JSON.stringify(webhook.name)}: ${reason}`, options)
  }
}

/** What a webhook said, allowed or not. */
export interface Answer {
  readonly denied: ApiError | undefined
  readonly patch: JsonValue[]
  readonly warnings: readonly string[]
  readonly auditAnnotations: { readonly [key: string]: string }
}

export interface WebhookCall {
  readonly webhook: Webhook
  readonly mutating: boolean
  /** `request` of the AdmissionReview. */
  readonly request: JsonObject
  readonly signal: AbortSignal | undefined
}

const group = 'admission.k8s.io'
const maxAnswerBytes = 10 * 1024 * 1024

/** Asks one webhook. Throws `WebhookFailure` when there is no usable answer. */
export async function ask(
  outbound: Outbound,
  registry: Pick<PlaneRegistry, 'get' | 'list'>,
  { webhook, mutating, request, signal }: WebhookCall,
): Promise<Answer> {
  const version = webhook.reviewVersion
  let review: JsonObject
  try {
    review = await postReview(outbound, registry, {
      config: webhook.config(),
      review: { kind: 'AdmissionReview', apiVersion: `${group}/${version}`, request },
      userAgent: 'kube-apiserver-admission',
      timeoutSeconds: webhook.timeoutSeconds,
      maxBytes: maxAnswerBytes,
      signal,
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new WebhookFailure(webhook, `failed to call webhook: ${reason}`, { cause: error })
  }
  try {
    const expected = { group, version, kind: 'AdmissionReview', uid: text(request, 'uid') }
    const response = responseOf(review, expected, 'webhook response was absent')
    return parseAnswer(response, webhook, mutating)
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    throw new WebhookFailure(webhook, `received invalid webhook response: ${error.message}`, { cause: error })
  }
}

function parseAnswer(response: JsonObject, webhook: Webhook, mutating: boolean): Answer {
  const patch = text(response, 'patch')
  const { patchType = null } = response
  if (!mutating) {
    if (patch !== '') throw new OutboundError('validating webhook may not return response.patch')
    if (patchType !== null) throw new OutboundError('validating webhook may not return response.patchType')
  } else if (webhook.reviewVersion === 'v1') {
    if (patch !== '' && patchType === null) {
      throw new OutboundError('webhook returned response.patch but not response.patchType')
    }
    if (patch === '' && patchType !== null) {
      throw new OutboundError('webhook returned response.patchType but not response.patch')
    }
    if (patchType === '') throw new OutboundError('webhook returned invalid response.patchType of ""')
  }
  const allowed = flag(response, 'allowed')
  if (allowed && patchType !== null && patchType !== 'JSONPatch') {
    throw new WebhookFailure(webhook, `unsupported patch type ${JSON.stringify(patchType)}`)
  }
  return {
    denied: allowed ? undefined : denial(webhook, at(response, 'status')),
    patch: allowed && patch !== '' ? parsePatch(patch) : [],
    warnings: strings(response, 'warnings'),
    auditAnnotations: stringMap(response, 'auditAnnotations'),
  }
}

function parsePatch(encoded: string): JsonValue[] {
  try {
    const { value } = parseJson(Buffer.from(encoded, 'base64'))
    if (!Array.isArray(value)) throw new Error('the patch is no list of operations')
    return value
  } catch (error) {
    throw errors.internal(error instanceof Error ? error.message : String(error), error)
  }
}

/** The refusal as the client sees it: with the webhook's own code, reason and details. */
function denial(webhook: Webhook, status: { readonly [key: string]: unknown }): ApiError {
  const by = `admission webhook ${JSON.stringify(webhook.name)} denied the request`
  const message = text(status, 'message')
  const reason = text(status, 'reason')
  const why = message || reason
  const code = integer(status, 'code') ?? 0
  const details = status['details']
  return failure(
    code < 400 ? 403 : code,
    parseReason(reason),
    why === '' ? `${by} without explanation` : `${by}: ${why}`,
    isPlainObject(details) ? parseDetails(details) : undefined,
  )
}

function parseReason(reason: string): StatusReason {
  return reason as StatusReason
}
function parseDetails(details: object): StatusDetails {
  return details as StatusDetails
}
