import { describe, expect, it } from 'vitest'
import type { Schema } from '../definition.ts'
import { columnsPrinter, type ColumnSpec } from '../printing/columns-printer.ts'
import { karmadaCrds } from './crds.ts'
import * as refs from './refs.ts'

interface Crd {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly group: string
    readonly scope: string
    readonly names: { readonly kind: string; readonly plural: string }
    readonly versions: readonly {
      readonly name: string
      readonly additionalPrinterColumns?: readonly ColumnSpec[]
      readonly schema: { readonly openAPIV3Schema: Schema }
    }[]
  }
}
const crds = karmadaCrds() as readonly Crd[]

function find(plural: string): Crd {
  const found = crds.find((crd) => crd.spec.names.plural === plural)
  if (found === undefined) throw new Error(`no ${plural}`)
  return found
}

describe('Karmada CRDs', () => {
  it('are all kinds of an instance, the operator left out', () => {
    expect(crds).toHaveLength(20)
    expect(crds.map((crd) => crd.spec.group)).not.toContain('operator.karmada.io')
  })

  it('have a CRD for every typed reference, with its scope and version', () => {
    for (const ref of Object.values(refs)) {
      // Nothing serves the search cache yet.
      if (ref.resource === 'resourceregistries') continue
      const crd = find(ref.resource)
      expect(crd.spec).toMatchObject({ group: ref.group, scope: ref.namespaced ? 'Namespaced' : 'Cluster' })
      expect(crd.spec.names.kind).toBe(ref.kind)
      expect(crd.spec.versions.map((version) => version.name)).toContain(ref.version)
    }
  })

  it('carry no descriptions, but keep properties of that name', () => {
    const walk = (schema: Schema): void => {
      expect(schema.description).toBeUndefined()
      for (const property of Object.values(schema.properties ?? {})) walk(property)
      if (schema.items !== undefined) walk(schema.items)
      if (typeof schema.additionalProperties === 'object') walk(schema.additionalProperties)
    }
    for (const crd of crds) for (const version of crd.spec.versions) walk(version.schema.openAPIV3Schema)
  })

  it('keep the defaults that the engine relies on', () => {
    const [version] = find('propagationpolicies').spec.versions
    const spec = version?.schema.openAPIV3Schema.properties?.['spec']?.properties ?? {}
    expect(spec['conflictResolution']?.default).toBe('Abort')
    expect(spec['schedulerName']?.default).toBe('default-scheduler')
    const placement = spec['placement']?.properties ?? {}
    expect(placement['replicaScheduling']?.properties?.['replicaSchedulingType']?.default).toBe('Divided')
  })

  it('show a member as upstream does', () => {
    const [version] = find('clusters').spec.versions
    const printer = columnsPrinter(version?.additionalPrinterColumns ?? [])
    const now = Date.parse('2026-01-02T00:00:00Z')
    const cluster = {
      metadata: { name: 'm1', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { syncMode: 'Push', apiEndpoint: 'https://m1', zones: ['a', 'b'] },
      status: { kubernetesVersion: 'v1.30.0', conditions: [{ type: 'Ready', status: 'True' }] },
    }
    expect(printer.cells(cluster, now).slice(0, 6)).toEqual(['m1', 'v1.30.0', 'Push', 'True', '24h', '["a","b"]'])
  })
})
