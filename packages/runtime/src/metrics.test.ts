import { describe, expect, it } from 'vitest'
import { createMetrics } from './metrics.ts'

describe('metrics', () => {
  it('are shown in the Prometheus text format', () => {
    const metrics = createMetrics()
    metrics.counter({ name: 'writes_total', help: 'Writes.' }).add(2, { plane: 'a"b' })
    metrics.gauge({ name: 'open', help: 'Open.' }).set(3)
    const took = metrics.histogram({ name: 'took_seconds', help: 'Took.', buckets: [0.1, 1] })
    for (const value of [0.05, 0.5, 5]) took.observe(value)
    expect(metrics.text()).toBe(
      [
        '# HELP writes_total Writes.',
        '# TYPE writes_total counter',
        'writes_total{plane="a\\"b"} 2',
        '# HELP open Open.',
        '# TYPE open gauge',
        'open 3',
        '# HELP took_seconds Took.',
        '# TYPE took_seconds histogram',
        'took_seconds_bucket{le="0.1"} 1',
        'took_seconds_bucket{le="1"} 2',
        'took_seconds_bucket{le="+Inf"} 3',
        'took_seconds_sum 5.55',
        'took_seconds_count 3',
        '',
      ].join('\n'),
    )
  })

  it('forget the series of something that is gone', () => {
    const metrics = createMetrics()
    const writes = metrics.counter({ name: 'w', help: '' })
    writes.add(1, { plane: 'a', verb: 'create' })
    writes.add(1, { plane: 'b', verb: 'create' })
    metrics.forget({ plane: 'a' })
    expect(metrics.text()).toBe('# HELP w \n# TYPE w counter\nw{plane="b",verb="create"} 1\n')
  })

  it('count the same for labels that are kept and for equal ones', () => {
    const metrics = createMetrics()
    const writes = metrics.counter({ name: 'w', help: '' })
    const kept = Object.freeze({ plane: 'a' })
    writes.add(1, kept)
    writes.add(1, kept)
    writes.add(1, { plane: 'a' })
    const changing = { plane: 'a' }
    writes.add(1, changing)
    changing.plane = 'b'
    writes.add(1, changing)
    expect(metrics.text()).toBe('# HELP w \n# TYPE w counter\nw{plane="a"} 4\nw{plane="b"} 1\n')
    metrics.forget(kept)
    writes.add(1, kept)
    expect(metrics.text()).toBe('# HELP w \n# TYPE w counter\nw{plane="b"} 1\nw{plane="a"} 1\n')
  })

  it('refuse one name for two kinds', () => {
    const metrics = createMetrics()
    metrics.counter({ name: 'x', help: '' })
    expect(() => metrics.gauge({ name: 'x', help: '' })).toThrow('metric x is a counter, not a gauge')
  })
})
