import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, fleet, fleetDefinition, startBench } from './support.ts'

describe('kubectl with custom resources', () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await startBench()
    await bench.ok(['apply', '-f', '-'], { input: fleetDefinition })
    await bench.ok(['wait', '--for=condition=Established', 'crd/fleets.example.com', '--timeout=10s'])
  })
  afterAll(() => bench[Symbol.asyncDispose]())

  const apply = (input: string, ...more: string[]): Promise<string> =>
    bench.ok(['apply', '-f', '-', ...more], { input })
  const field = async (path: string): Promise<string> => bench.ok(['get', 'fleet', 'north', '-o', `jsonpath={${path}}`])

  it('applies: created, unchanged, configured, and lists are replaced as a whole', async () => {
    expect(await apply(fleet(1))).toBe('fleet.example.com/north created\n')
    expect(await apply(fleet(1))).toBe('fleet.example.com/north unchanged\n')
    expect(await apply(fleet(2, '[{name: bob}]'))).toBe('fleet.example.com/north configured\n')
    expect([await field('.spec.ships'), await field('.spec.crew'), await field('.spec.colour')]).toEqual([
      '2',
      '[{"name":"bob"}]',
      'grey',
    ])
  })

  it('shows differences, and says what is missing', async () => {
    const diff = await bench.kubectl(['diff', '-f', '-'], { input: fleet(5, '[{name: bob}]') })
    expect(diff.code).toBe(1)
    expect(diff.stdout).toContain('+  ships: 5')
    const refused = await bench.fails(['apply', '-f', '-'], { input: fleet(1).replace('ships: 1, ', '') })
    expect(refused).toContain('spec.ships: Required value')
    expect(await field('.spec.ships')).toBe('2')
  })

  it('edits, scales, patches and labels', async () => {
    const env = { EDITOR: 'sed -i "s/colour: grey/colour: green/"' }
    expect(await bench.ok(['edit', 'fleet', 'north'], { env })).toContain('fleet.example.com/north edited')
    await bench.ok(['scale', 'fleet', 'north', '--replicas=7'])
    await bench.ok(['patch', 'fleet', 'north', '--type=merge', '-p', '{"status":{"ships":6}}', '--subresource=status'])
    await bench.ok(['label', 'fl', 'north', 'sea=cold'])
    expect([await field('.spec.colour'), await field('.spec.ships'), await field('.status.ships')]).toEqual([
      'green',
      '7',
      '6',
    ])
    // A strategic merge patch has no meaning for them, as upstream.
    expect(await bench.fails(['patch', 'fleet', 'north', '-p', '{"spec":{"ships":1}}'])).toContain(
      'application/merge-patch+json',
    )
  })

  it('lists them under their names, in columns, in "all", and explains them', async () => {
    expect(await bench.ok(['get', 'fl'])).toMatch(/^NAME +SHIPS\nnorth +7\n$/)
    expect(await bench.ok(['get', 'all'])).toContain('fleet.example.com/north')
    expect(await bench.ok(['explain', 'fleet.spec.crew'])).toMatch(/name\t<string> -required-/)
    expect(await bench.ok(['describe', 'fleet', 'north'])).toMatch(/Ships: +7/)
  })

  it('deletes them with their definition', async () => {
    await bench.ok(['delete', 'crd', 'fleets.example.com', '--wait'])
    // kubectl may still remember that there was such a kind.
    expect(await bench.fails(['get', 'fleets'])).toMatch(/have a resource type|find the requested resource/)
  })
})
