import type { DeepReadonly, JsonObject } from './json.ts'

export type StatusReason =
  | ''
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Expired'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'Invalid'
  | 'TooManyRequests'
  | 'InternalError'
  | 'ServerTimeout'
  | 'ServiceUnavailable'
  | 'Timeout'

export type StatusCause = { reason?: string; message?: string; field?: string }
export type StatusDetails = {
  name?: string
  group?: string
  /** The plural resource for NotFound/AlreadyExists/Conflict/Forbidden, the Kind for Invalid. */
  kind?: string
  uid?: string
  causes?: StatusCause[]
  retryAfterSeconds?: number
}

/** metav1.Status as Kubernetes 1.36 writes it. */
export type Status = {
  kind: 'Status'
  apiVersion: 'v1'
  metadata: { continue?: string }
  status: 'Success' | 'Failure'
  message?: string
  reason?: StatusReason
  details?: StatusDetails
  code: number
}

/** A Kubernetes `Status` failure as a JavaScript error. The server turns it into the response, the client back into it. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: Status
  constructor(status: Status, options?: ErrorOptions) {
    super(status.message ?? status.reason ?? `status ${status.code}`, options)
    this.status = status
  }
  get code(): number {
    return this.status.code
  }
  get reason(): StatusReason {
    return this.status.reason ?? ''
  }
}

export function failure(
  code: number,
  reason: StatusReason,
  message: string,
  details?: StatusDetails,
  options?: ErrorOptions,
): ApiError {
  return new ApiError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    },
    options,
  )
}

/** A resource by group and plural, the way error texts name it: `deployments.apps`, `pods`. */
export interface GroupResource {
  readonly group: string
  readonly resource: string
}
export function qualified(resource: GroupResource): string {
  return resource.group === '' ? resource.resource : `${resource.resource}.${resource.group}`
}

function resourceDetails(resource: GroupResource, name: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.resource,
  }
}

export const errors = {
  badRequest: (message: string): ApiError => failure(400, 'BadRequest', message),
  unauthorized: (): ApiError => failure(401, 'Unauthorized', 'Unauthorized'),
  forbidden: (resource: GroupResource, name: string, text: string): ApiError =>
    failure(
      403,
      'Forbidden',
      name === ''
        ? `${qualified(resource)} is forbidden: ${text}`
        : `${qualified(resource)} "${name}" is forbidden: ${text}`,
      resourceDetails(resource, name),
    ),
  notFound: (resource: GroupResource, name: string): ApiError =>
    failure(404, 'NotFound', `${qualified(resource)} "${name}" not found`, resourceDetails(resource, name)),
  /** The resource itself (not an object) is unknown in a known group version. */
  unknownResource: (): ApiError => failure(404, 'NotFound', 'the server could not find the requested resource', {}),
  methodNotAllowed: (): ApiError =>
    failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}),
  alreadyExists: (resource: GroupResource, name: string): ApiError =>
    failure(409, 'AlreadyExists', `${qualified(resource)} "${name}" already exists`, resourceDetails(resource, name)),
  conflict: (resource: GroupResource, name: string, text: string): ApiError =>
    failure(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${text}`,
      resourceDetails(resource, name),
    ),
  modified: (resource: GroupResource, name: string): ApiError =>
    errors.conflict(
      resource,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    ),
  expired: (message: string): ApiError => failure(410, 'Expired', message),
  tooLarge: (limit: number): ApiError =>
    failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`),
  internal: (message: string, cause?: unknown): ApiError =>
    failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] }, { cause }),
  timeout: (message: string): ApiError => failure(504, 'Timeout', `Timeout: ${message}`),
  tooManyRequests: (message: string, retryAfterSeconds: number): ApiError =>
    failure(429, 'TooManyRequests', message, { retryAfterSeconds }),
  unavailable: (message: string): ApiError => failure(503, 'ServiceUnavailable', message),
}

/** True for a thrown `ApiError` with this reason. */
export function isReason(error: unknown, reason: StatusReason): error is ApiError {
  return error instanceof ApiError && error.reason === reason
}

/** No usable answer: refused, reset, TLS failure, timed out, or not Kubernetes. Safe to retry for reads. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
}

/** Parses any JSON body of a failed request into an ApiError; a body that is no Status yields a generic one. */
export function statusFromBody(code: number, body: DeepReadonly<JsonObject>): ApiError {
  if (body['kind'] === 'Status' && typeof body['code'] === 'number') return new ApiError(body as unknown as Status)
  return failure(code, '', `the server answered ${code} without a Status`)
}
