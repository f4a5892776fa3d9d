import type { ServerProcess } from './process.ts'

export const path = '/api/v1/namespaces/default/configmaps'

/** What an object may be: number of the write that made it, and its revision where known. */
interface State {
  readonly n: number
  readonly rv: number
}
interface Known {
  acknowledged: State | undefined
  /** Numbers of writes (`undefined`: a delete) whose outcome is unknown. */
  open: (number | undefined)[]
}

export interface ConfigMap {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
  readonly data: { readonly n: string }
}

/** Writers, each with objects of its own; they know what every object may be at any moment. */
export class Workload {
  readonly #server: ServerProcess
  readonly #known = new Map<string, Known>()
  readonly problems: string[] = []
  /** revision → object and number of the write that was acknowledged with it. */
  readonly acknowledged: Map<number, { readonly name: string; readonly n: number }> = new Map()
  writes = 0
  newest = 0
  #n = 0
  #stop = false

  constructor(server: ServerProcess) {
    this.#server = server
  }

  /** Writes until `stop`. Resolves when the last answer is there. */
  async run(writers: number): Promise<void> {
    this.#stop = false
    await Promise.all(Array.from({ length: writers }, (_, writer) => this.#writer(writer)))
  }
  stop(): void {
    this.#stop = true
  }

  async #writer(writer: number): Promise<void> {
    while (!this.#stop) {
      const name = `w${writer}-${Math.floor(Math.random() * 5)}`
      const known = this.#known.get(name) ?? { acknowledged: undefined, open: [] }
      this.#known.set(name, known)
      const n = ++this.#n
      const body = (rv?: number): unknown => ({
        metadata: { name, labels: { g: `g${n % 3}` }, ...(rv === undefined ? {} : { resourceVersion: String(rv) }) },
        data: { n: String(n), pad: 'x'.repeat(n % 500) },
      })
      const before = known.acknowledged
      const remove = before !== undefined && Math.random() < 0.25
      known.open.push(remove ? undefined : n)
      const { status, body: text } =
        before === undefined
          ? await this.#server.send('POST', path, body())
          : remove
            ? await this.#server.send('DELETE', `${path}/${name}`, {
                preconditions: { resourceVersion: String(before.rv) },
              })
            : await this.#server.send('PUT', `${path}/${name}`, body(before.rv))
      // Nothing more is written before somebody has looked what became of it.
      if (status === 0 || status >= 500) return
      if (status >= 300) {
        this.problems.push(`${name}: a write by its only writer was refused with ${status}: ${text}`)
        return
      }
      this.writes++
      known.open = []
      known.acknowledged = remove
        ? undefined
        : { n, rv: Number((JSON.parse(text) as ConfigMap).metadata.resourceVersion) }
      if (known.acknowledged === undefined) continue
      const { rv } = known.acknowledged
      if (this.acknowledged.has(rv)) this.problems.push(`revision ${rv} was given twice`)
      if (before !== undefined && rv <= before.rv)
        this.problems.push(`${name} went from revision ${before.rv} to ${rv}`)
      this.acknowledged.set(rv, { name, n })
      this.newest = Math.max(this.newest, rv)
    }
  }

  /** Reads everything and compares it with what was promised. What was open is settled by what is there. */
  async verify(): Promise<void> {
    const { status, body } = await this.#server.send('GET', path)
    if (status !== 200) throw new Error(`the list failed with ${status}: ${body}`)
    const list: { metadata: { resourceVersion: string }; items: ConfigMap[] } = JSON.parse(body)
    const at = Number(list.metadata.resourceVersion)
    if (at < this.newest) this.problems.push(`the list is at ${at}, but ${this.newest} was acknowledged`)
    const present = new Map(
      list.items.flatMap((item) => (item.metadata.name === 'kube-root-ca.crt' ? [] : [[item.metadata.name, item]])),
    )
    for (const [name, known] of this.#known) {
      const item = present.get(name)
      present.delete(name)
      const found =
        item === undefined ? undefined : { n: Number(item.data.n), rv: Number(item.metadata.resourceVersion) }
      const isAcknowledged = found?.n === known.acknowledged?.n
      if (!isAcknowledged && !known.open.includes(found?.n)) {
        this.problems.push(
          `${name}: ${found?.n} is there; acknowledged was ${known.acknowledged?.n}, open ${String(known.open)}`,
        )
      }
      if (isAcknowledged && found?.rv !== known.acknowledged?.rv) this.problems.push(`${name}: its revision changed`)
      known.acknowledged = found
      known.open = []
      if (found !== undefined && !isAcknowledged) this.acknowledged.set(found.rv, { name, n: found.n })
      this.newest = Math.max(this.newest, at)
    }
    for (const name of present.keys()) this.problems.push(`${name}: nobody ever wrote it`)
  }
}
