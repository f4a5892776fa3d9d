export type Labels = { readonly [name: string]: string }

export interface Counter {
  add(amount?: number, labels?: Labels): void
}
export interface Gauge {
  set(value: number, labels?: Labels): void
  add(amount: number, labels?: Labels): void
}
export interface Histogram {
  observe(value: number, labels?: Labels): void
}

export interface MetricOptions {
  readonly name: string
  readonly help: string
}

/**
 * Numbers a program shows about itself, in the Prometheus text format. A registry is made by the program and handed to
 * whoever counts: there is no global one, so two servers in a process do not mix (I5). Asking for a name again
 * returns the same metric; asking for it as another kind is an error.
 */
export interface Metrics {
  counter(options: MetricOptions): Counter
  gauge(options: MetricOptions): Gauge
  histogram(options: MetricOptions & { readonly buckets?: readonly number[] }): Histogram
  /** `update` runs before each `text()`, for values that are cheaper to read than to keep. */
  onCollect(update: () => void): Disposable
  /** Drops every series that carries all of these labels: something with that name is gone for good. */
  forget(labels: Labels): void
  /** Prometheus text exposition format 0.0.4. */
  text(): string
}

/** Seconds; from half a millisecond to ten seconds. */
export const defaultBuckets: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

export function createMetrics(): Metrics {
  const families = new Map<string, Family>()
  const collectors = new Set<() => void>()
  const family = (type: Family['type'], options: MetricOptions, buckets: readonly number[] = []): Family => {
    let found = families.get(options.name)
    if (found === undefined) {
      if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(options.name)) throw new TypeError(`bad metric name ${options.name}`)
      found = { ...options, type, buckets, series: new Map(), known: new WeakMap() }
      families.set(options.name, found)
    }
    if (found.type !== type) throw new TypeError(`metric ${options.name} is a ${found.type}, not a ${type}`)
    return found
  }
  return {
    counter(options) {
      const of = family('counter', options)
      return { add: (amount = 1, labels) => void (series(of, labels).value += amount) }
    },
    gauge(options) {
      const of = family('gauge', options)
      return {
        set: (value, labels) => void (series(of, labels).value = value),
        add: (amount, labels) => void (series(of, labels).value += amount),
      }
    },
    histogram(options) {
      const of = family('histogram', options, options.buckets ?? defaultBuckets)
      return {
        observe(value, labels) {
          const one = series(of, labels)
          one.value += value
          one.count++
          const bucket = of.buckets.findIndex((bound) => value <= bound)
          if (bucket >= 0) one.buckets[bucket] = (one.buckets[bucket] ?? 0) + 1
        },
      }
    },
    onCollect(update) {
      collectors.add(update)
      return { [Symbol.dispose]: () => void collectors.delete(update) }
    },
    forget(labels) {
      for (const one of families.values()) {
        for (const [key, { labels: of }] of one.series) {
          if (Object.entries(labels).every(([name, value]) => of[name] === value)) one.series.delete(key)
        }
        one.known = new WeakMap()
      }
    },
    text() {
      for (const update of collectors) update()
      let text = ''
      for (const one of families.values()) text += familyText(one)
      return text
    },
  }
}

interface Family extends MetricOptions {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly buckets: readonly number[]
  readonly series: Map<string, Series>
  /** By the object the labels came in: who counts often keeps it, and spares everybody the text. */
  known: WeakMap<Labels, Series>
}
interface Series {
  readonly labels: Labels
  /** The value; a histogram's sum. */
  value: number
  count: number
  /** Observations per bucket, not yet cumulated. */
  readonly buckets: number[]
}

const noLabels: Labels = Object.freeze({})

function series(family: Family, labels: Labels = noLabels): Series {
  const known = family.known.get(labels)
  if (known !== undefined) return known
  const key = labelText(labels)
  let found = family.series.get(key)
  if (found === undefined) {
    found = { labels: { ...labels }, value: 0, count: 0, buckets: family.buckets.map(() => 0) }
    family.series.set(key, found)
  }
  // What can still change does not stand for one series.
  if (Object.isFrozen(labels)) family.known.set(labels, found)
  return found
}

function familyText({ name, help, type, buckets, series: all }: Family): string {
  let text = `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`
  for (const one of all.values()) {
    if (type === 'histogram') {
      let below = 0
      buckets.forEach((bound, index) => {
        below += one.buckets[index] ?? 0
        text += line(`${name}_bucket`, { ...one.labels, le: number(bound) }, below)
      })
      text += line(`${name}_bucket`, { ...one.labels, le: '+Inf' }, one.count)
      text += line(`${name}_sum`, one.labels, one.value) + line(`${name}_count`, one.labels, one.count)
    } else {
      text += line(name, one.labels, one.value)
    }
  }
  return text
}

function line(name: string, labels: Labels, value: number): string {
  const inside = labelText(labels)
  return `${name}${inside === '' ? '' : `{${inside}}`} ${number(value)}\n`
}

function labelText(labels: Labels): string {
  let text = ''
  for (const [name, value] of Object.entries(labels)) {
    const quoted = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    text += `${text === '' ? '' : ','}${name}="${quoted}"`
  }
  return text
}

function number(value: number): string {
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}
