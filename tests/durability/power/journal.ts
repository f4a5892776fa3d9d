import { basename } from 'node:path'

/** What a process asked of its files, one request each, in order. `file` is the number of the opening. */
export type Step =
  | { readonly kind: 'open'; readonly file: number; readonly name: string; readonly created: boolean }
  | { readonly kind: 'write'; readonly file: number; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: number; readonly length: number }
  | { readonly kind: 'sync'; readonly file: number }
  | { readonly kind: 'sync-failed'; readonly file: number }
  | { readonly kind: 'unlink'; readonly name: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'sync-directory' }

const headerBytes = 17

/** Reads what recorder.c wrote. A record cut off at the end, as after a kill, is left out. */
export function parseJournal(journal: Buffer): readonly Step[] {
  const steps: Step[] = []
  let at = 0
  while (at + headerBytes <= journal.length) {
    const file = journal.readUInt32LE(at + 1)
    const offset = Number(journal.readBigUInt64LE(at + 5))
    const length = journal.readUInt32LE(at + 13)
    const bytes = journal.subarray(at + headerBytes, at + headerBytes + length)
    if (bytes.length < length) break
    steps.push(toStep(journal.readUInt8(at), file, offset, bytes))
    at += headerBytes + length
  }
  return steps
}

function toStep(kind: number, file: number, offset: number, bytes: Buffer): Step {
  switch (kind) {
    case 1:
      return { kind: 'open', file, name: basename(bytes.toString()), created: offset === 1 }
    case 2:
      return { kind: 'write', file, offset, bytes }
    case 3:
      return { kind: 'truncate', file, length: offset }
    case 4:
      return { kind: 'sync', file }
    case 5:
      return { kind: 'sync-failed', file }
    case 6:
      return { kind: 'unlink', name: basename(bytes.toString()) }
    case 7: {
      const [from = '', to = ''] = bytes.toString().split('\0')
      return { kind: 'rename', from: basename(from), to: basename(to) }
    }
    case 8:
      return { kind: 'sync-directory' }
    default:
      throw new Error(`not a journal: record of kind ${kind}`)
  }
}
