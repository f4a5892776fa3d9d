import { describe, expect, it } from 'vitest'
import type { ResourceDefinition } from '../../definition.ts'
import { builtinKinds } from '../builtin-kinds.ts'
import * as refs from '../refs.ts'
import { servedIn, serverVersion } from '../versions/profile.ts'

const kinds = builtinKinds()

function find(group: string, resource: string, version = 'v1'): ResourceDefinition {
  const found = kinds.definitions.find(
    (entry) => entry.group === group && entry.resource === resource && entry.version === version,
  )
  if (found === undefined) throw new Error(`no ${resource}`)
  return found
}
function kindsWhere(holds: (definition: ResourceDefinition) => boolean): string[] {
  return [...new Set(kinds.definitions.filter(holds).map((entry) => entry.kind))].sort()
}

describe('built-in definitions', () => {
  it('are the 68 kinds that Kubernetes 1.36 serves by default', () => {
    const profile = servedIn('1.36')
    expect(kinds.definitions).toHaveLength(68)
    expect(profile.kinds).toHaveLength(68)
    expect(profile.select(kinds.definitions)).toHaveLength(68)
  })

  it('have a schema with everything it refers to', () => {
    const names = new Set(kinds.definitions.flatMap((entry) => [...kinds.schemas.closure(entry.schemaName ?? '')]))
    expect(names.size).toBeGreaterThan(400)
    for (const entry of kinds.definitions) {
      expect(Object.keys(entry.schema.root.properties ?? {}).slice(0, 3)).toEqual(['kind', 'apiVersion', 'metadata'])
    }
  })

  it('have a printer whose columns match its cells, also for an object with nothing in it', () => {
    for (const { kind, printer, schema } of kinds.definitions) {
      // Kinds whose spec is required cannot be without one.
      const required = Object.fromEntries((schema.root.required ?? []).map((field) => [field, minimal(kind, field)]))
      const cells = printer.cells({ ...required, metadata: { name: 'x' } }, 0)
      expect({ kind, cells: cells.length }).toEqual({ kind, cells: printer.columns.length })
    }
  })

  it('name the category `all` as upstream', () => {
    expect(kindsWhere((entry) => entry.categories.includes('all'))).toEqual(
      [
        'CronJob',
        'DaemonSet',
        'Deployment',
        'HorizontalPodAutoscaler',
        'Job',
        'Pod',
        'ReplicaSet',
        'ReplicationController',
        'Service',
        'StatefulSet',
      ].sort(),
    )
  })

  it('create on update only where upstream does', () => {
    expect(kindsWhere((entry) => entry.createOnUpdate)).toEqual(
      [
        'ClusterRole',
        'ClusterRoleBinding',
        'Endpoints',
        'Event',
        'Lease',
        'LimitRange',
        'Role',
        'RoleBinding',
        'RuntimeClass',
        'Service',
      ].sort(),
    )
  })

  it('keep no generation for plain data and access kinds', () => {
    for (const kind of ['ConfigMap', 'Secret', 'Service', 'Namespace', 'Role', 'Lease', 'Event', 'Node']) {
      expect(kindsWhere((entry) => entry.hasGeneration)).not.toContain(kind)
    }
    expect(find('apps', 'deployments').hasGeneration).toBe(true)
  })

  it('share storage between versions and groups of one kind', () => {
    expect(find('autoscaling', 'horizontalpodautoscalers', 'v1').storageVersion).toBe('v2')
    expect(find('events.k8s.io', 'events').storageGroup).toBe('')
  })

  it('have a reference each, except what nobody lists', () => {
    const known = new Set(Object.values(refs).map((ref) => `${ref.group}/${ref.version}/${ref.resource}`))
    const missing = kinds.definitions.filter((entry) => !known.has(`${entry.group}/${entry.version}/${entry.resource}`))
    expect(missing.map((entry) => entry.kind)).toEqual(['ComponentStatus'])
  })
})

describe('schemas', () => {
  const port = 'io.k8s.api.core.v1.ServicePort'

  it('tell strategic merge and apply their different keys', () => {
    const ports = kinds.schemas.resolve('io.k8s.api.core.v1.ServiceSpec').properties?.['ports']
    expect(ports).toMatchObject({
      type: 'array',
      items: { $ref: port },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['port', 'protocol'],
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'port',
    })
    expect(kinds.schemas.resolve(port).properties?.['protocol']?.default).toBe('TCP')
  })

  it.each([
    ['io.k8s.api.core.v1.PodSpec', 'volumes', 'merge,retainKeys', 'name'],
    ['io.k8s.api.apps.v1.DeploymentSpec', 'strategy', 'retainKeys', undefined],
    ['io.k8s.api.policy.v1.PodDisruptionBudgetSpec', 'selector', 'replace', undefined],
    ['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', 'finalizers', 'merge', undefined],
    ['io.k8s.api.batch.v1.JobStatus', 'conditions', 'merge', 'type'],
  ])('%s.%s is patched by %s on %s', (type, field, strategy, key) => {
    const schema = kinds.schemas.resolve(type).properties?.[field]
    expect(schema?.['x-kubernetes-patch-strategy']).toBe(strategy)
    expect(schema?.['x-kubernetes-patch-merge-key']).toBe(key)
  })

  it('hold some lists and structs together for apply', () => {
    const conditions = kinds.schemas.resolve('io.k8s.api.batch.v1.JobStatus').properties?.['conditions']
    expect(conditions?.['x-kubernetes-list-type']).toBe('atomic')
    const selector = kinds.schemas.resolve('io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector')
    expect(selector['x-kubernetes-map-type']).toBe('atomic')
  })

  it('put the fields of embedded structs where JSON has them', () => {
    const probe = kinds.schemas.resolve('io.k8s.api.core.v1.Probe').properties ?? {}
    expect(Object.keys(probe)).toEqual(expect.arrayContaining(['httpGet', 'exec', 'periodSeconds']))
    expect(kinds.schemas.resolve('io.k8s.api.core.v1.Container').required).toEqual(['name'])
  })

  it('name kinds without a resource of their own', () => {
    expect(kinds.schemaName('autoscaling', 'v1', 'Scale')).toBe('io.k8s.api.autoscaling.v1.Scale')
    expect(kinds.schemaName('policy', 'v1', 'Eviction')).toBe('io.k8s.api.policy.v1.Eviction')
    expect(kinds.schemaName('apps', 'v1', 'DeleteOptions')).toBe('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions')
    expect(kinds.schemaName('apps', 'v1', 'Frobnicator')).toBeUndefined()
  })
})

describe('version profiles', () => {
  it('serve as many kinds as each Kubernetes does', () => {
    const counts = [71, 73, 75, 79, 82, 86, 63, 66, 67, 60, 59, 58, 59, 59, 61, 61, 59, 61, 66, 66, 68]
    expect(counts.map((_, index) => servedIn(`1.${16 + index}`).kinds.length)).toEqual(counts)
  })

  it('leave out what came later and store what is left in a version that is served', () => {
    const old = servedIn('1.20').select(kinds.definitions)
    expect(old.some((entry) => entry.kind === 'CronJob')).toBe(false)
    expect(old.find((entry) => entry.kind === 'HorizontalPodAutoscaler')).toMatchObject({
      version: 'v1',
      storageVersion: 'v1',
    })
  })

  it('are known for 1.16 to 1.36 only', () => {
    expect(() => servedIn('1.15')).toThrow('1.16 to 1.36')
    expect(() => servedIn('1.37')).toThrow('1.16 to 1.36')
    expect(servedIn('v1.30.2').version).toBe('1.30')
  })

  it('show a version that helm can parse', () => {
    expect(serverVersion('1.36')).toMatchObject({ major: '1', minor: '36', gitVersion: 'v1.36.0+kairship' })
    expect(serverVersion('1.20')).not.toHaveProperty('emulationMajor')
  })
})

function minimal(kind: string, field: string): unknown {
  if (field === 'roleRef') return { kind: 'Role', name: 'r', apiGroup: 'rbac.authorization.k8s.io' }
  if (field !== 'spec') return ''
  if (kind === 'CSINode') return { drivers: [] }
  if (kind === 'VolumeAttachment') return { attacher: '', nodeName: '', source: {} }
  if (kind === 'ResourceSlice') return { driver: '', pool: { name: '' } }
  return {}
}
