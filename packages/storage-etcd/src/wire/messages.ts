import { ProtoReader, ProtoWriter } from './protobuf.ts'

/**
 * etcd's v3 messages as far as the store uses them. Field numbers are those of etcd's public API; fields that are not
 * needed are passed over.
 */

export interface KeyValue {
  readonly key: string
  readonly createRevision: number
  readonly modRevision: number
  /** How often the key was written since it was created: 1 for a new key. */
  readonly version: number
  readonly value: Uint8Array
}

export interface RangeRequest {
  readonly key: string
  /** Exclusive; absent for the one key. */
  readonly end?: string
  readonly limit?: number
  /** Absent: the newest. */
  readonly revision?: number
  readonly keysOnly?: boolean
  readonly countOnly?: boolean
}
export interface RangeResponse {
  /** The store's revision when it answered. */
  readonly revision: number
  readonly entries: readonly KeyValue[]
  readonly more: boolean
  readonly count: number
}

export type Compare =
  | { readonly key: string; readonly target: 'mod'; readonly equals: number }
  | { readonly key: string; readonly target: 'exists' }
  | { readonly key: string; readonly target: 'absent' }

export type Request =
  | { readonly type: 'range'; readonly range: RangeRequest }
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly type: 'delete'; readonly key: string }

export interface TxnRequest {
  readonly compare: readonly Compare[]
  readonly success: readonly Request[]
  readonly failure: readonly Request[]
}
export interface TxnResponse {
  /** The revision of the transaction itself when it wrote something. */
  readonly revision: number
  readonly succeeded: boolean
  /** The answers of the ranges among the requests, in order. */
  readonly ranges: readonly RangeResponse[]
}

export interface WatchRequest {
  readonly key: string
  readonly end: string
  readonly startRevision: number
}
export interface WatchEvent {
  readonly type: 'put' | 'delete'
  /** Of a delete only key and modRevision mean something. */
  readonly now: KeyValue
  readonly previous: KeyValue | undefined
}
export interface WatchResponse {
  readonly revision: number
  readonly created: boolean
  readonly canceled: boolean
  /** Above 0: the watch is canceled because what it asked for is compacted up to here. */
  readonly compactRevision: number
  readonly cancelReason: string
  /** The events of the last revision go on in the next response. */
  readonly fragment: boolean
  readonly events: readonly WatchEvent[]
}

export interface StatusResponse {
  readonly version: string
  /** What is wrong with the member: alarms, no leader. */
  readonly errors: readonly string[]
}

export function encodeRange(request: RangeRequest): Uint8Array {
  return new ProtoWriter()
    .text(1, request.key)
    .text(2, request.end ?? '')
    .varint(3, request.limit ?? 0)
    .varint(4, request.revision ?? 0)
    .bool(8, request.keysOnly ?? false)
    .bool(9, request.countOnly ?? false)
    .finish()
}

export function encodeTxn(request: TxnRequest): Uint8Array {
  const writer = new ProtoWriter()
  for (const compare of request.compare) writer.message(1, encodeCompare(compare))
  for (const one of request.success) writer.message(2, encodeRequest(one))
  for (const one of request.failure) writer.message(3, encodeRequest(one))
  return writer.finish()
}

function encodeCompare(compare: Compare): Uint8Array {
  const writer = new ProtoWriter()
  if (compare.target === 'mod')
    return writer.varint(2, 2).text(3, compare.key).presentVarint(6, compare.equals).finish()
  // "Exists" is a version greater than 0; "absent" a version equal to 0.
  if (compare.target === 'exists') writer.varint(1, 1)
  return writer.text(3, compare.key).presentVarint(4, 0).finish()
}

function encodeRequest(request: Request): Uint8Array {
  const writer = new ProtoWriter()
  switch (request.type) {
    case 'range':
      return writer.message(1, encodeRange(request.range)).finish()
    case 'put':
      return writer.message(2, new ProtoWriter().text(1, request.key).bytes(2, request.value).finish()).finish()
    case 'delete':
      return writer.message(3, new ProtoWriter().text(1, request.key).finish()).finish()
  }
}

export function encodeCompaction(revision: number): Uint8Array {
  return new ProtoWriter().varint(1, revision).finish()
}

/** With the values from before each event, and revisions larger than a message in pieces. */
export function encodeWatchCreate(request: WatchRequest): Uint8Array {
  const create = new ProtoWriter()
    .text(1, request.key)
    .text(2, request.end)
    .varint(3, request.startRevision)
    .bool(6, true)
    .bool(8, true)
    .finish()
  return new ProtoWriter().message(1, create).finish()
}

export function encodeAuthenticate(name: string, password: string): Uint8Array {
  return new ProtoWriter().text(1, name).text(2, password).finish()
}

export function decodeRange(bytes: Uint8Array): RangeResponse {
  return readRange(new ProtoReader(bytes))
}

export function decodeTxn(bytes: Uint8Array): TxnResponse {
  const reader = new ProtoReader(bytes)
  let revision = 0
  let succeeded = false
  const ranges: RangeResponse[] = []
  while (reader.next()) {
    if (reader.field === 1) revision = readRevision(reader.message())
    else if (reader.field === 2) succeeded = reader.bool()
    else if (reader.field === 3) {
      const answer = reader.message()
      while (answer.next()) if (answer.field === 1) ranges.push(readRange(answer.message()))
    }
  }
  return { revision, succeeded, ranges }
}

export function decodeWatch(bytes: Uint8Array): WatchResponse {
  const reader = new ProtoReader(bytes)
  const response = {
    revision: 0,
    created: false,
    canceled: false,
    compactRevision: 0,
    cancelReason: '',
    fragment: false,
  }
  const events: WatchEvent[] = []
  while (reader.next()) {
    if (reader.field === 1) response.revision = readRevision(reader.message())
    else if (reader.field === 3) response.created = reader.bool()
    else if (reader.field === 4) response.canceled = reader.bool()
    else if (reader.field === 5) response.compactRevision = reader.varint()
    else if (reader.field === 6) response.cancelReason = reader.text()
    else if (reader.field === 7) response.fragment = reader.bool()
    else if (reader.field === 11) events.push(readEvent(reader.message()))
  }
  return { ...response, events }
}

export function decodeStatus(bytes: Uint8Array): StatusResponse {
  const reader = new ProtoReader(bytes)
  let version = ''
  const errors: string[] = []
  while (reader.next()) {
    if (reader.field === 2) version = reader.text()
    else if (reader.field === 8) errors.push(reader.text())
  }
  return { version, errors }
}

export function decodeAuthenticate(bytes: Uint8Array): string {
  const reader = new ProtoReader(bytes)
  let token = ''
  while (reader.next()) if (reader.field === 2) token = reader.text()
  return token
}

/** For answers of which nothing is needed. */
export function decodeNothing(): undefined {
  return undefined
}

function readRevision(header: ProtoReader): number {
  let revision = 0
  while (header.next()) if (header.field === 3) revision = header.varint()
  return revision
}

function readRange(reader: ProtoReader): RangeResponse {
  let revision = 0
  let more = false
  let count = 0
  const entries: KeyValue[] = []
  while (reader.next()) {
    if (reader.field === 1) revision = readRevision(reader.message())
    else if (reader.field === 2) entries.push(readKeyValue(reader.message()))
    else if (reader.field === 3) more = reader.bool()
    else if (reader.field === 4) count = reader.varint()
  }
  return { revision, entries, more, count }
}

function readKeyValue(reader: ProtoReader): KeyValue {
  let key = ''
  let createRevision = 0
  let modRevision = 0
  let version = 0
  let value: Uint8Array = empty
  while (reader.next()) {
    if (reader.field === 1) key = reader.text()
    else if (reader.field === 2) createRevision = reader.varint()
    else if (reader.field === 3) modRevision = reader.varint()
    else if (reader.field === 4) version = reader.varint()
    else if (reader.field === 5) value = reader.bytes()
  }
  return { key, createRevision, modRevision, version, value }
}
const empty = new Uint8Array(0)

function readEvent(reader: ProtoReader): WatchEvent {
  let type: 'put' | 'delete' = 'put'
  let now: KeyValue | undefined
  let previous: KeyValue | undefined
  while (reader.next()) {
    if (reader.field === 1) type = reader.varint() === 1 ? 'delete' : 'put'
    else if (reader.field === 2) now = readKeyValue(reader.message())
    else if (reader.field === 3) previous = readKeyValue(reader.message())
  }
  return { type, now: now ?? { key: '', createRevision: 0, modRevision: 0, version: 0, value: empty }, previous }
}
