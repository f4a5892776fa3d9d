import { decodeWatch, type WatchEvent } from '../wire/messages.ts'
import { ProtoReader, ProtoWriter } from '../wire/protobuf.ts'

/** The message with only those events that `keep` says, and without earlier values when `previous` is false. */
export function withEvents(
  message: Buffer,
  keep: (event: WatchEvent) => boolean,
  options: { readonly previous: boolean } = { previous: true },
): Uint8Array {
  const { events } = decodeWatch(message)
  const reader = new ProtoReader(message)
  const writer = new ProtoWriter()
  let index = 0
  while (reader.next()) {
    if (reader.field === 1) writer.message(1, reader.bytes())
    else if (reader.field === 11) {
      const bytes = reader.bytes()
      const event = events[index++]
      if (event !== undefined && keep(event)) writer.message(11, options.previous ? bytes : withoutPrevious(bytes))
    } else if (reader.field === 7) writer.varint(7, reader.varint())
  }
  return writer.finish()
}

function withoutPrevious(event: Uint8Array): Uint8Array {
  const reader = new ProtoReader(event)
  const writer = new ProtoWriter()
  while (reader.next()) {
    if (reader.field === 1) writer.varint(1, reader.varint())
    else if (reader.field === 2) writer.message(2, reader.bytes())
  }
  return writer.finish()
}

/** What etcd sends to say that nothing happened up to `revision`. */
export function progress(revision: number): Uint8Array {
  const header = new ProtoWriter().varint(3, revision).finish()
  return new ProtoWriter().message(1, header).finish()
}
