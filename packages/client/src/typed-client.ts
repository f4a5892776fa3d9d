import type {
  Connection,
  DeepReadonly,
  JsonObject,
  JsonValue,
  KubeObject,
  Operation,
  OperationQuery,
  PatchType,
  Reply,
  ResourceRef,
  WatchEvent,
} from '@kairship/apimachinery'
import { ConnectionError, isReason, statusFromBody } from '@kairship/apimachinery'
import type {
  Client,
  DeleteOptions,
  ListOptions,
  ResourceClient,
  TypedList,
  WatchOptions,
  WriteOptions,
} from './client.ts'
import { decodeBatch, decodeList, decodeObject, encodeObject } from './decode.ts'

/** A typed client over any connection. Costs nothing to make; keeps no state. */
export function createClient(connection: Connection): Client {
  return {
    connection,
    of: <T extends KubeObject>(ref: ResourceRef<T>, namespace?: string): ResourceClient<T> =>
      new TypedResourceClient<T>(connection, ref, namespace),
  }
}

type Call = Omit<Operation, 'group' | 'version' | 'resource' | 'namespace'> & {
  readonly namespace?: string | undefined
}

class TypedResourceClient<T extends KubeObject> implements ResourceClient<T> {
  readonly #connection: Connection
  readonly #ref: ResourceRef<T>
  readonly #namespace: string | undefined

  constructor(connection: Connection, ref: ResourceRef<T>, namespace: string | undefined) {
    this.#connection = connection
    this.#ref = ref
    this.#namespace = namespace
  }

  async get(name: string, options: { readonly signal?: AbortSignal } = {}): Promise<DeepReadonly<T>> {
    return decodeObject<T>(await this.#send({ verb: 'get', name: named(name) }, options.signal))
  }

  async find(name: string, options: { readonly signal?: AbortSignal } = {}): Promise<DeepReadonly<T> | undefined> {
    try {
      return await this.get(name, options)
    } catch (error) {
      if (isReason(error, 'NotFound')) return undefined
      throw error
    }
  }

  async list(options: ListOptions & { readonly signal?: AbortSignal } = {}): Promise<TypedList<T>> {
    const { signal, ...query } = options
    return decodeList(await this.#send({ verb: 'list', query }, signal), this.#ref)
  }

  async *watch(options: WatchOptions): AsyncIterable<readonly WatchEvent<T>[]> {
    const { signal, ...query } = options
    for await (const batch of this.#connection.watch(this.#operation({ verb: 'watch', query }), signal)) {
      yield decodeBatch<T>(batch)
    }
  }

  create(object: DeepReadonly<T>, options: WriteOptions = {}): Promise<DeepReadonly<T>> {
    return this.#write({ verb: 'create', body: encodeObject(object), ...within(object) }, options)
  }

  update(object: DeepReadonly<T>, options: WriteOptions = {}): Promise<DeepReadonly<T>> {
    const name = named(object.metadata.name)
    return this.#write({ verb: 'update', name, body: encodeObject(object), ...within(object) }, options)
  }

  updateStatus(object: DeepReadonly<T>, options: WriteOptions = {}): Promise<DeepReadonly<T>> {
    const name = named(object.metadata.name)
    const body = encodeObject(object)
    return this.#write({ verb: 'update', name, subresource: 'status', body, ...within(object) }, options)
  }

  patch(
    name: string,
    type: PatchType,
    patch: DeepReadonly<JsonValue>,
    options: WriteOptions & { readonly subresource?: string; readonly force?: boolean } = {},
  ): Promise<DeepReadonly<T>> {
    const { subresource, force, ...rest } = options
    return this.#write(
      {
        verb: 'patch',
        name: named(name),
        patchType: type,
        body: patch,
        ...(subresource === undefined ? {} : { subresource }),
        ...(force === undefined ? {} : { query: { force } }),
      },
      rest,
    )
  }

  apply(
    object: DeepReadonly<T>,
    options: WriteOptions & { readonly fieldManager: string; readonly force?: boolean; readonly subresource?: string },
  ): Promise<DeepReadonly<T>> {
    const { subresource, force, ...rest } = options
    return this.#write(
      {
        verb: 'patch',
        name: named(object.metadata.name),
        patchType: 'apply',
        body: encodeObject(object),
        ...within(object),
        ...(subresource === undefined ? {} : { subresource }),
        ...(force === undefined ? {} : { query: { force } }),
      },
      rest,
    )
  }

  async delete(name: string, options: DeleteOptions = {}): Promise<void> {
    await this.#send(
      { verb: 'delete', name: named(name), body: deleteBody(options), ...dryRunQuery(options) },
      options.signal,
    )
  }

  async deleteCollection(options: ListOptions & DeleteOptions = {}): Promise<void> {
    const { uid, resourceVersion, propagation, gracePeriodSeconds, dryRun, signal, ...query } = options
    const body = deleteBody({
      ...(propagation === undefined ? {} : { propagation }),
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(dryRun === undefined ? {} : { dryRun }),
    })
    await this.#send({ verb: 'deletecollection', query: { ...query, ...(dryRun ? { dryRun } : {}) }, body }, signal)
  }

  async #write(call: Call, options: WriteOptions): Promise<DeepReadonly<T>> {
    const { signal, ...given } = options
    const query: OperationQuery = { ...call.query, ...given }
    return decodeObject<T>(await this.#send({ ...call, query }, signal))
  }

  async #send(call: Call, signal: AbortSignal | undefined): Promise<DeepReadonly<JsonObject>> {
    const reply: Reply = await this.#connection.request(this.#operation(call), signal)
    if (reply.status >= 400) throw statusFromBody(reply.status, reply.body)
    if (reply.status >= 300) throw new ConnectionError(`the server answered ${reply.status}, which no client expects`)
    return reply.body
  }

  #operation(call: Call): Operation {
    const { namespace: ofObject, ...rest } = call
    const namespace = this.#namespace ?? ofObject
    if (this.#ref.namespaced && (namespace ?? '') === '' && !collectionVerbs.has(call.verb)) {
      throw new TypeError(`${call.verb} of ${this.#ref.resource} needs a namespace: use client.of(ref, namespace)`)
    }
    return {
      ...rest,
      group: this.#ref.group,
      version: this.#ref.version,
      resource: this.#ref.resource,
      ...(this.#ref.namespaced && namespace ? { namespace } : {}),
    }
  }
}

const collectionVerbs: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection'])

function named(name: string | undefined): string {
  // An empty name would turn a request for one object into one for the whole collection.
  if (name === undefined || name === '') throw new TypeError('the object has no metadata.name')
  return name
}

function within(object: DeepReadonly<KubeObject>): { readonly namespace?: string } {
  const { namespace } = object.metadata
  return namespace === undefined ? {} : { namespace }
}

function dryRunQuery(options: DeleteOptions): { readonly query?: OperationQuery } {
  return options.dryRun ? { query: { dryRun: true } } : {}
}

function deleteBody(options: DeleteOptions): JsonObject {
  const preconditions: JsonObject = {}
  if (options.uid !== undefined) preconditions['uid'] = options.uid
  if (options.resourceVersion !== undefined) preconditions['resourceVersion'] = options.resourceVersion
  const body: JsonObject = { kind: 'DeleteOptions', apiVersion: 'v1' }
  if (Object.keys(preconditions).length > 0) body['preconditions'] = preconditions
  if (options.propagation !== undefined) body['propagationPolicy'] = options.propagation
  if (options.gracePeriodSeconds !== undefined) body['gracePeriodSeconds'] = options.gracePeriodSeconds
  if (options.dryRun) body['dryRun'] = ['All']
  return body
}
