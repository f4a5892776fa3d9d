import { deepFreeze } from '@kairship/apimachinery'
import type { Unstructured } from '@kairship/apimachinery'
import { describe, expect, it } from 'vitest'
import { changeBetween } from './changes.ts'
import { pruneManifest } from './prune.ts'
import { stampManifest } from './stamp.ts'

const metadata = { name: 'a', namespace: 'ns' }
const make = (kind: string, more: object): Unstructured => deepFreeze({ apiVersion: 'v1', kind, metadata, ...more })

describe('pruning', () => {
  it('takes away what belongs to the server', () => {
    const object = make('ConfigMap', {
      metadata: {
        ...metadata,
        uid: 'u',
        resourceVersion: '1',
        generation: 2,
        creationTimestamp: 't',
        deletionTimestamp: 't',
        deletionGracePeriodSeconds: 1,
        selfLink: '/',
        managedFields: [],
        ownerReferences: [],
        finalizers: ['x'],
        labels: { a: 'b' },
      },
      status: { phase: 'x' },
      data: { k: 'v' },
    })
    expect(pruneManifest(object)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...metadata, labels: { a: 'b' } },
      data: { k: 'v' },
    })
  })

  it.each<[string, string, object, object]>([
    [
      'revisions of a Deployment',
      'Deployment',
      { metadata: { ...metadata, annotations: { 'deployment.kubernetes.io/revision': '3', keep: 'x' } } },
      { metadata: { ...metadata, annotations: { keep: 'x' } } },
    ],
    [
      'generated parts and the ttl of a Job',
      'Job',
      {
        spec: {
          ttlSecondsAfterFinished: 5,
          selector: { matchLabels: { 'controller-uid': 'u', own: 'x' } },
          template: { metadata: { labels: { 'job-name': 'a', 'batch.kubernetes.io/controller-uid': 'u' } } },
        },
      },
      { spec: { selector: { matchLabels: { own: 'x' } }, template: { metadata: {} } } },
    ],
    [
      'addresses of a Service',
      'Service',
      { spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ports: [] } },
      { spec: { ports: [] } },
    ],
    [
      'tokens of a ServiceAccount',
      'ServiceAccount',
      { secrets: [{ name: 'a-token-x' }, { name: 'mine' }] },
      { secrets: [{ name: 'mine' }] },
    ],
    [
      'data of a token',
      'Secret',
      { type: 'kubernetes.io/service-account-token', data: { token: 'x' } },
      { type: 'kubernetes.io/service-account-token' },
    ],
    [
      'the chosen node of a claim',
      'PersistentVolumeClaim',
      { metadata: { ...metadata, annotations: { 'volume.kubernetes.io/selected-node': 'n' } } },
      { metadata },
    ],
  ])('takes away %s', (_what, kind, given, expected) => {
    expect(pruneManifest(make(kind, given))).toEqual({ apiVersion: 'v1', kind, metadata, ...expected })
  })

  it('leaves headless Services, manual selectors and ordinary Secrets', () => {
    for (const object of [
      make('Service', { spec: { clusterIP: 'None', clusterIPs: ['None'] } }),
      make('Job', { spec: { manualSelector: true, selector: { matchLabels: { 'controller-uid': 'u' } } } }),
      make('Secret', { type: 'Opaque', data: { a: 'b' } }),
    ]) {
      expect(pruneManifest(object)).toBe(object)
    }
  })
})

describe('stamping', () => {
  const work = { namespace: 'karmada-es-m1', name: 'a-x', permanentId: 'id' }

  it('marks the manifest and lists the keys it manages, its own included', () => {
    const { labels, annotations } = stampManifest(
      make('ConfigMap', { metadata: { ...metadata, labels: { z: '1' }, annotations: { y: '2' } } }),
      work,
    ).metadata
    expect(labels).toEqual({ z: '1', 'karmada.io/managed': 'true', 'work.karmada.io/permanent-id': 'id' })
    expect(annotations).toEqual({
      y: '2',
      'work.karmada.io/namespace': 'karmada-es-m1',
      'work.karmada.io/name': 'a-x',
      'resourcetemplate.karmada.io/managed-labels': 'karmada.io/managed,work.karmada.io/permanent-id,z',
      'resourcetemplate.karmada.io/managed-annotations':
        'resourcetemplate.karmada.io/managed-annotations,resourcetemplate.karmada.io/managed-labels,' +
        'work.karmada.io/name,work.karmada.io/namespace,y',
    })
  })

  it('does nothing the second time (T-05)', () => {
    const once = deepFreeze(stampManifest(pruneManifest(make('ConfigMap', { status: {} })), work))
    expect(stampManifest(pruneManifest(once), work)).toBe(once)
  })
})

describe('changes of a template', () => {
  const before = make('Deployment', {
    metadata: { ...metadata, generation: 1, resourceVersion: '1', labels: { a: 'b' } },
    spec: { replicas: 1 },
    status: {},
  })
  const changed = (more: object) => ({ ...before, ...more })

  it('are none when only the status moves (T-06)', () => {
    const after = changed({
      status: { replicas: 1 },
      metadata: { ...before.metadata, resourceVersion: '2', managedFields: [{}] },
    })
    expect(changeBetween(before, after)).toBe('none')
  })

  it('are the system’s when only karmada.io keys move', () => {
    const labels = { a: 'b', 'propagationpolicy.karmada.io/permanent-id': 'x' }
    expect(changeBetween(before, changed({ metadata: { ...before.metadata, labels } }))).toBe('system')
  })

  it('are the user’s otherwise, also for the opt-out of namespaces and the managed label', () => {
    expect(changeBetween(before, changed({ spec: { replicas: 2 } }))).toBe('user')
    for (const key of ['x', 'namespace.karmada.io/skip-auto-propagation', 'karmada.io/managed']) {
      const labels = { a: 'b', [key]: 'true' }
      expect(changeBetween(before, changed({ metadata: { ...before.metadata, labels } }))).toBe('user')
    }
    expect(changeBetween(before, changed({ metadata: { ...before.metadata, deletionTimestamp: 't' } }))).toBe('user')
  })
})
