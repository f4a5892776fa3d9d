import { deepEqual, type Unstructured } from '@kairship/apimachinery'
import { at, draftOf } from '../builtin/fields.ts'
import { compareVersions } from '../discovery/groups.ts'
import { KeyedLoop } from '../lifecycle/keyed-loop.ts'
import { callUnless, createIfMissing, parseBody } from '../lifecycle/requests.ts'
import type { PlaneRegistry } from '../strategy.ts'
import { type FrontProxy, frontProxyName } from './front-proxy.ts'
import { apiServices } from './remote.ts'

const managed = 'kube-aggregator.kubernetes.io/automanaged'
const crds = { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' } as const
const customPriority = { group: 1000, version: 100 } as const

/** Upstream's priorities of its own groups. */
const priorities: { readonly [group: string]: number | undefined } = {
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700,
  'admissionregistration.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  'resource.k8s.io': 15_900,
}

const authentication = {
  group: '',
  version: 'v1',
  resource: 'configmaps',
  namespace: 'kube-system',
  name: 'extension-apiserver-authentication',
} as const
const reader = 'extension-apiserver-authentication-reader'
const roles = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource: 'roles',
  namespace: 'kube-system',
} as const

export interface LocalApisOptions {
  readonly registry: PlaneRegistry
  readonly frontProxy: FrontProxy
  /** PEM of the CA of the plane's client certificates. */
  readonly clientCa: string
}

/**
 * Keeps an APIService for every group version that is served here, and the ConfigMap from which aggregated servers learn
 * whom to trust.
 */
export class LocalApis implements AsyncDisposable {
  readonly #options: LocalApisOptions
  readonly #loop: KeyedLoop
  readonly #subscriptions = new DisposableStack()

  constructor(options: LocalApisOptions) {
    this.#options = options
    const { registry } = options
    this.#loop = new KeyedLoop({
      name: 'local-apiservices',
      registry,
      reconcile: async (key) => {
        await (key === 'trust' ? this.#publishTrust() : this.#register())
        return undefined
      },
    })
    const register = (): void => this.#loop.add('register')
    this.#subscriptions.use(registry.subscribe(crds.group, crds.resource, register))
    this.#subscriptions.use(
      registry.subscribe(apiServices.group, apiServices.resource, ({ type }) => {
        if (type === 'delete') register()
      }),
    )
    register()
    this.publishTrust()
  }

  /** Writes what aggregated servers must trust, again when there is more to say. */
  publishTrust(): void {
    this.#loop.add('trust')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscriptions[Symbol.dispose]()
    await this.#loop[Symbol.asyncDispose]()
  }

  async #register(): Promise<void> {
    const { registry } = this.#options
    const { group, version, resource } = apiServices
    if (registry.resolve(group, version, resource) === undefined) return
    const wanted = new Map(this.#served().map((object) => [object.metadata.name ?? '', object]))
    await Promise.all([...wanted.values()].map((object) => createIfMissing(registry, apiServices, object)))
    for (const { metadata } of registry.list(group, resource)) {
      const { name = '', labels } = metadata
      if (labels?.[managed] !== 'true' || wanted.has(name)) continue
      await callUnless(registry, [404, 409], { ...apiServices, verb: 'delete', name })
    }
  }

  #served(): Unstructured[] {
    const groups = new Map<string, { custom: boolean; versions: Set<string> }>()
    for (const { definition } of this.#options.registry.resources()) {
      const { group, version, schemaName } = definition
      if (group === apiServices.group) continue
      let known = groups.get(group)
      if (known === undefined) groups.set(group, (known = { custom: schemaName === undefined, versions: new Set() }))
      known.versions.add(version)
    }
    return [...groups].flatMap(([group, { custom, versions }]) =>
      [...versions]
        .toSorted(compareVersions)
        .map((version, index, all) =>
          localApiService(group, version, custom, custom ? customPriority.version + all.length - 1 - index : index),
        ),
    )
  }

  async #publishTrust(): Promise<void> {
    const { registry, frontProxy, clientCa } = this.#options
    const { namespace, name, ...target } = authentication
    const data = {
      'client-ca-file': clientCa,
      ...(frontProxy.ready ? requestHeaderTrust((await frontProxy.authority()).certificate) : {}),
    }
    const existing = registry.get('', target.resource, namespace, name)
    if (existing === undefined) {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }
      await createIfMissing(registry, { ...target, namespace }, object)
    } else if (!deepEqual(at(existing, 'data'), data)) {
      const body = parseBody({ ...draftOf(existing), data })
      await callUnless(registry, [404], { ...target, verb: 'update', namespace, name, body })
    }
    await createIfMissing(registry, roles, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: {
        name: reader,
        namespace,
        labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
        annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
      },
      rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: [name], verbs: ['get', 'list', 'watch'] }],
    })
  }
}

function requestHeaderTrust(ca: string): { [key: string]: string } {
  return {
    'requestheader-allowed-names': JSON.stringify([frontProxyName]),
    'requestheader-client-ca-file': ca,
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-username-headers': '["X-Remote-User"]',
  }
}

function localApiService(group: string, version: string, custom: boolean, index: number): Unstructured {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.${group}`, labels: { [managed]: custom ? 'true' : 'onstart' } },
    spec: {
      group,
      version,
      groupPriorityMinimum: custom ? customPriority.group : (priorities[group] ?? 15_000),
      versionPriority: custom ? index : Math.max(1, 15 - 3 * index),
    },
  }
}
