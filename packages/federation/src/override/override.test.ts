import type { Unstructured } from '@kairship/apimachinery'
import type { Cluster, Overriders, OverridePolicy } from '@kairship/api/karmada'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyOverriders } from './apply.ts'
import { formatImage, overrideImage, parseImage } from './image.ts'
import { overrideObject } from './policies.ts'

const digest = `sha256:${'a'.repeat(64)}`

describe('images', () => {
  it.each([
    ['nginx', { registry: '', repository: 'nginx', tag: '', digest: '' }],
    ['nginx:1.27', { registry: '', repository: 'nginx', tag: '1.27', digest: '' }],
    ['library/nginx', { registry: '', repository: 'library/nginx', tag: '', digest: '' }],
    ['docker.io/library/nginx:1', { registry: 'docker.io', repository: 'library/nginx', tag: '1', digest: '' }],
    ['localhost/app', { registry: 'localhost', repository: 'app', tag: '', digest: '' }],
    ['host:5000/a/b:t', { registry: 'host:5000', repository: 'a/b', tag: 't', digest: '' }],
    [`gcr.io/a@${digest}`, { registry: 'gcr.io', repository: 'a', tag: '', digest }],
    ['host:5000/app', { registry: 'host:5000', repository: 'app', tag: '', digest: '' }],
  ])('takes %s apart', (text, image) => {
    expect(parseImage(text)).toEqual(image)
    expect(formatImage(parseImage(text))).toBe(text)
  })

  it.each([
    ['nginx:1', 'Registry', 'add', 'mirror.io', 'mirror.io/nginx:1'],
    ['docker.io/nginx:1', 'Registry', 'replace', 'mirror.io', 'mirror.io/nginx:1'],
    ['docker.io/nginx:1', 'Registry', 'add', ':5000', 'docker.io:5000/nginx:1'],
    ['docker.io/nginx:1', 'Registry', 'remove', '', 'nginx:1'],
    ['docker.io/nginx:1', 'Repository', 'add', '-slim', 'docker.io/nginx-slim:1'],
    ['docker.io/nginx:1', 'Repository', 'replace', 'org/nginx', 'docker.io/org/nginx:1'],
    ['nginx:1', 'Tag', 'add', '-alpine', 'nginx:1-alpine'],
    ['nginx:1', 'Tag', 'replace', '2', 'nginx:2'],
    ['nginx:1', 'Tag', 'replace', digest, `nginx@${digest}`],
    [`nginx@${digest}`, 'Tag', 'replace', '2', 'nginx:2'],
    ['nginx:1', 'Tag', 'remove', '', 'nginx'],
  ] as const)('%s with %s %s %s becomes %s', (image, component, operator, value, expected) => {
    expect(overrideImage(image, component, operator, value)).toBe(expected)
  })

  it('puts together what it took apart', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}$/)
    fc.assert(
      fc.property(
        fc.option(part),
        fc.array(part, { minLength: 1, maxLength: 3 }),
        fc.option(part),
        (host, path, tag) => {
          const text = `${host === null ? '' : `${host}.io/`}${path.join('/')}${tag === null ? '' : `:${tag}`}`
          expect(formatImage(parseImage(text))).toBe(text)
        },
      ),
    )
  })
})

const pod = (): Unstructured => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'ns', labels: { a: '1' } },
  spec: {
    initContainers: [{ name: 'i', image: 'init:1' }],
    containers: [{ name: 'c', image: 'main:1', args: ['x', 'y', 'x'] }],
  },
})

describe('overriders', () => {
  it('leaves init containers alone unless they are named (T-16)', () => {
    const replace = { component: 'Tag', operator: 'replace', value: '2' } as const
    expect(applyOverriders(pod(), { imageOverrider: [replace] })).toMatchObject({
      spec: { initContainers: [{ image: 'init:1' }], containers: [{ image: 'main:2' }] },
    })
    const named = { ...replace, predicate: { path: '/spec/initContainers/0/image' } }
    expect(applyOverriders(pod(), { imageOverrider: [named] })).toMatchObject({
      spec: { initContainers: [{ image: 'init:2' }], containers: [{ image: 'main:1' }] },
    })
  })

  it.each<[string, Overriders, object]>([
    [
      'removes every equal argument',
      { argsOverrider: [{ containerName: 'c', operator: 'remove', value: ['x'] }] },
      { spec: { containers: [{ args: ['y'] }] } },
    ],
    [
      'starts a command that was not there',
      { commandOverrider: [{ containerName: 'c', operator: 'add', value: ['go'] }] },
      { spec: { containers: [{ command: ['go'] }] } },
    ],
    [
      'adds labels',
      { labelsOverrider: [{ operator: 'add', value: { b: '2' } }] },
      { metadata: { labels: { a: '1', b: '2' } } },
    ],
    [
      'creates annotations',
      { annotationsOverrider: [{ operator: 'add', value: { n: 'x' } }] },
      { metadata: { annotations: { n: 'x' } } },
    ],
    [
      'patches',
      { plaintext: [{ path: '/spec/hostNetwork', operator: 'add', value: true }] },
      { spec: { hostNetwork: true } },
    ],
  ])('%s', (_what, overriders, expected) => {
    expect(applyOverriders(pod(), overriders)).toMatchObject(expected)
  })

  it('replaces and removes only keys that are there', () => {
    const unknown = {
      labelsOverrider: [
        { operator: 'replace' as const, value: { z: '1' } },
        { operator: 'remove' as const, value: { y: '' } },
      ],
    }
    expect(applyOverriders(pod(), unknown).metadata.labels).toEqual({ a: '1' })
  })

  it('changes documents that are the text of a field', () => {
    const map: Unstructured = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'm' },
      data: { 'config.json': '{"db":{"host":"a","port":1}}', 'config.yaml': 'db:\n  host: a\n' },
    }
    const changed = applyOverriders(map, {
      fieldOverrider: [
        { fieldPath: '/data/config.json', json: [{ subPath: '/db/host', operator: 'replace', value: 'b' }] },
        { fieldPath: '/data/config.yaml', yaml: [{ subPath: '/db/port', operator: 'add', value: 2 }] },
      ],
    })
    expect(changed['data']).toEqual({
      'config.json': '{"db":{"host":"b","port":1}}',
      'config.yaml': 'db:\n  host: a\n  port: 2\n',
    })
  })

  it('fails as a whole when a path does not exist, and changes nothing', () => {
    const before = pod()
    const overriders: Overriders = {
      plaintext: [
        { path: '/metadata/labels/a', operator: 'replace', value: '9' },
        { path: '/spec/nothing', operator: 'remove' },
      ],
    }
    expect(() => applyOverriders(before, overriders)).toThrow()
    expect(before).toEqual(pod())
  })
})

describe('override policies', () => {
  const cluster: Cluster = { metadata: { name: 'm1' }, spec: { syncMode: 'Push' } }
  const kind = { apiVersion: 'v1', kind: 'Pod' }
  const label = (value: string) => ({
    overriders: { labelsOverrider: [{ operator: 'add' as const, value: { who: value } }] },
  })
  const policy = (name: string, selectors: OverridePolicy['spec']['resourceSelectors']): OverridePolicy => ({
    metadata: { name },
    spec: { ...(selectors === undefined ? {} : { resourceSelectors: selectors }), overrideRules: [label(name)] },
  })

  it('apply from the least to the most precise, then by name (T-15)', () => {
    const named = policy('a-named', [{ ...kind, name: 'p' }])
    const labelled = policy('b-labelled', [{ ...kind, labelSelector: {} }])
    const all = policy('c-all', undefined)
    const { object, namespaced } = overrideObject(pod(), cluster, [], [named, labelled, all])
    expect(object.metadata.labels).toMatchObject({ who: 'a-named' })
    expect(namespaced.map(({ policyName }) => policyName)).toEqual(['a-named', 'b-labelled', 'c-all'])
  })

  it('of a namespace say nothing about cluster-scoped objects', () => {
    const { metadata, ...rest } = pod()
    const { namespace: _namespace, ...meta } = metadata
    const { object } = overrideObject({ ...rest, metadata: meta }, cluster, [], [policy('x', undefined)])
    expect(object.metadata.labels).toEqual({ a: '1' })
  })
})
