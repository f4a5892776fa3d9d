import type { Step } from './journal.ts'

type Change =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly length: number }

/** One file's content, by itself: names point to it. */
class Inode {
  durable: Buffer<ArrayBufferLike> = Buffer.alloc(0)
  length = 0
  /** Asked for since the last sync, in order. */
  pending: Change[] = []
  /** A sync failed over these: the kernel forgets that they are not on the disk, so the next sync does not bring them. */
  doubtful: Change[] = []

  sync(): void {
    for (const change of this.pending) this.#apply(change)
    this.pending = []
    this.doubtful = []
  }
  syncFailed(): void {
    this.doubtful.push(...this.pending)
    this.pending = []
  }
  #apply(change: Change): void {
    const next = applied(this.durable, this.length, change)
    this.durable = next.buffer
    this.length = next.length
  }
}

type NameChange =
  | { readonly kind: 'link'; readonly name: string; readonly inode: Inode }
  | { readonly kind: 'unlink'; readonly name: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }

/** How a power cut leaves what was not synced. */
export type Survival =
  /** None of it. */
  | 'nothing'
  /** All of it: as after a crash of the process alone. */
  | 'everything'
  /** Any part of it, in sectors, in any order. */
  | 'some'

export type Random = () => number

const sector = 512

/**
 * A disk with a cache in front. It takes the steps of a journal and can tell at any moment what files a power cut would
 * leave. Names change in the order in which that was asked for, as journalling file systems do; contents in any order.
 */
export class Disk {
  readonly #open = new Map<number, Inode>()
  readonly #names = new Map<string, Inode>()
  readonly #durableNames = new Map<string, Inode>()
  #nameChanges: NameChange[] = []

  apply(step: Step): void {
    switch (step.kind) {
      case 'open':
        return this.#opened(step.file, step.name, step.created)
      case 'write':
        this.#file(step.file).pending.push({ kind: 'write', offset: step.offset, bytes: step.bytes })
        return
      case 'truncate':
        this.#file(step.file).pending.push({ kind: 'truncate', length: step.length })
        return
      case 'sync':
        // Its name is synced with the directory only.
        this.#file(step.file).sync()
        return
      case 'sync-failed':
        this.#file(step.file).syncFailed()
        return
      case 'sync-directory':
        for (const change of this.#nameChanges) rename(this.#durableNames, change)
        this.#nameChanges = []
        return
      case 'unlink':
        this.#rename({ kind: 'unlink', name: step.name })
        return
      case 'rename':
        this.#rename({ kind: 'rename', from: step.from, to: step.to })
        return
    }
  }

  /** The files after a power cut now. */
  afterPowerCut(survival: Survival, random: Random): Map<string, Buffer> {
    const names = new Map(this.#durableNames)
    const survivingNames =
      survival === 'nothing'
        ? 0
        : survival === 'everything'
          ? this.#nameChanges.length
          : Math.floor(random() * (this.#nameChanges.length + 1))
    for (const change of this.#nameChanges.slice(0, survivingNames)) rename(names, change)
    return new Map(Array.from(names, ([name, inode]) => [name, survivor(inode, survival, random)]))
  }

  #opened(file: number, name: string, created: boolean): void {
    let inode = this.#names.get(name)
    if (inode === undefined || created) {
      inode = new Inode()
      this.#rename({ kind: 'link', name, inode })
    }
    this.#open.set(file, inode)
  }
  #rename(change: NameChange): void {
    this.#nameChanges.push(change)
    rename(this.#names, change)
  }
  #file(file: number): Inode {
    const inode = this.#open.get(file)
    if (inode === undefined) throw new Error(`the journal uses file ${file} before it is opened`)
    return inode
  }
}

function rename(names: Map<string, Inode>, change: NameChange): void {
  if (change.kind === 'link') names.set(change.name, change.inode)
  else if (change.kind === 'unlink') names.delete(change.name)
  else {
    const inode = names.get(change.from)
    names.delete(change.from)
    if (inode !== undefined) names.set(change.to, inode)
  }
}

function survivor(inode: Inode, survival: Survival, random: Random): Buffer {
  let state = { buffer: Buffer.from(inode.durable.subarray(0, inode.length)), length: inode.length }
  if (survival === 'nothing') return state.buffer
  const { doubtful, pending } = inode
  // Each cut has its own luck: some disks lose nearly all, some nearly nothing.
  const luck = survival === 'everything' ? 1 : random()
  for (const change of [...doubtful, ...pending]) {
    if (survival === 'everything') state = applied(state.buffer, state.length, change)
    else if (change.kind === 'truncate') {
      if (random() < luck) state = applied(state.buffer, state.length, change)
    } else for (const part of sectors(change)) if (random() < luck) state = applied(state.buffer, state.length, part)
  }
  return state.buffer.subarray(0, state.length)
}

function* sectors({ offset, bytes }: { readonly offset: number; readonly bytes: Buffer }): Generator<Change> {
  let from = 0
  while (from < bytes.length) {
    const to = Math.min(bytes.length, from + sector - ((offset + from) % sector))
    yield { kind: 'write', offset: offset + from, bytes: bytes.subarray(from, to) }
    from = to
  }
}

function applied(buffer: Buffer, length: number, change: Change): { buffer: Buffer<ArrayBuffer>; length: number } {
  const end = change.kind === 'truncate' ? change.length : Math.max(length, change.offset + change.bytes.length)
  let grown = buffer as Buffer<ArrayBuffer>
  if (end > buffer.length) {
    grown = Buffer.alloc(Math.max(end, buffer.length * 2))
    buffer.copy(grown, 0, 0, length)
  }
  if (change.kind === 'write') change.bytes.copy(grown, change.offset)
  // What lies behind the end must read as zeros when the file grows again.
  else if (change.length < length) grown.fill(0, change.length, length)
  return { buffer: grown, length: end }
}
