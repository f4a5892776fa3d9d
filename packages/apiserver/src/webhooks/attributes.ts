import { type DeepReadonly, isPlainObject, type JsonObject, type Unstructured } from '@kairship/apimachinery'
import type { Write } from '../registry/write.ts'
import type { Request } from '../request.ts'
import type { InstalledResource } from '../strategy.ts'
import type { Operation } from './webhook.ts'

type View = DeepReadonly<Unstructured>

/** What a webhook is asked about. */
export interface Attributes {
  readonly request: Request
  readonly installed: InstalledResource
  readonly operation: Operation
  readonly subresource: string
  /** A Namespace is in itself. */
  readonly namespace: string
  readonly name: string
  readonly dryRun: boolean
  readonly options: JsonObject
  readonly object: View | undefined
  readonly old: View | undefined
}

export function writeAttributes(write: Write): Attributes {
  const { request, installed, operation, subresource, dryRun, old, draft } = write
  const name = draft.metadata.name ?? ''
  return {
    request,
    installed,
    operation,
    subresource,
    namespace: namespaceOf(installed, request, name),
    name,
    dryRun,
    options: options(operation === 'CREATE' ? 'CreateOptions' : 'UpdateOptions', request),
    object: draft,
    old,
  }
}

export function deleteAttributes(
  installed: InstalledResource,
  request: Request,
  old: View,
  dryRun: boolean,
): Attributes {
  const name = old.metadata.name ?? ''
  const namespace = namespaceOf(installed, request, name)
  const shown = options('DeleteOptions', request)
  return {
    request,
    installed,
    operation: 'DELETE',
    subresource: '',
    namespace,
    name,
    dryRun,
    options: shown,
    object: undefined,
    old,
  }
}

/** A POST to a subresource that does something (`eviction`, `binding`, `token`): the object is its body. */
export function actionAttributes(installed: InstalledResource, request: Request, subresource: string): Attributes {
  const { name = '', body, query } = request.operation
  return {
    request,
    installed,
    operation: 'CREATE',
    subresource,
    namespace: namespaceOf(installed, request, name),
    name,
    dryRun: query?.dryRun === true,
    options: options('CreateOptions', request),
    object: parseView({ metadata: {}, ...(isPlainObject(body) ? body : {}) }),
    old: undefined,
  }
}

function namespaceOf({ definition: { group, resource } }: InstalledResource, request: Request, name: string): string {
  return group === '' && resource === 'namespaces' ? name : (request.operation.namespace ?? '')
}

function options(kind: string, { operation: { query = {}, body } }: Request): JsonObject {
  const { dryRun, fieldManager, fieldValidation } = query
  const given = kind === 'DeleteOptions' && typeof body === 'object' && body !== null ? parseOptions(body) : {}
  return {
    ...given,
    kind,
    apiVersion: 'meta.k8s.io/v1',
    ...(dryRun === true ? { dryRun: ['All'] } : {}),
    ...(fieldManager === undefined || kind === 'DeleteOptions' ? {} : { fieldManager }),
    ...(fieldValidation === undefined || kind === 'DeleteOptions' ? {} : { fieldValidation }),
  }
}

function parseView(object: object): View {
  return object as View
}
function parseOptions(body: object): JsonObject {
  return body as JsonObject
}
