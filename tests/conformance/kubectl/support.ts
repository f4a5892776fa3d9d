import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { startTestServer, type TestServer, type TestServerOptions } from '@kairship/apiserver/testing'
import { type Finished, run } from '../../support/process.ts'

/** A plane and real kubectl programs that talk to it. */
export interface Bench extends AsyncDisposable {
  readonly server: TestServer
  readonly directory: string
  /** Any exit code. */
  kubectl(parameters: readonly string[], options?: KubectlOptions): Promise<Finished>
  /** stdout; fails with stderr when kubectl does not exit 0. */
  ok(parameters: readonly string[], options?: KubectlOptions): Promise<string>
  /** stderr of a call that must fail. */
  fails(parameters: readonly string[], options?: KubectlOptions): Promise<string>
}

export interface KubectlOptions {
  readonly input?: string
  readonly env?: { readonly [name: string]: string }
  /** Path of another kubectl. */
  readonly program?: string
  readonly timeoutMs?: number
}

export const defaultKubectl: string = process.env['KUBECTL'] ?? 'kubectl'

/** Every kubectl on this machine that carries its version in its name, beside the default one or on PATH: `1.27` → path. */
export async function kubectlVersions(): Promise<ReadonlyMap<string, string>> {
  const places = (process.env['PATH'] ?? '').split(delimiter).filter((place) => place !== '')
  const programs = places.map((place) => join(place, 'kubectl')).filter((file) => existsSync(file))
  const beside = await Promise.all(programs.map(async (file) => dirname(await realpath(file))))
  const found = new Map<string, string>()
  for (const place of new Set([...beside, ...places])) {
    for (const name of await readdir(place).catch(() => [])) {
      const version = /^kubectl[.-]v?(1\.\d+)$/.exec(name)?.[1]
      if (version !== undefined && !found.has(version)) found.set(version, join(place, name))
    }
  }
  return new Map([...found].toSorted(([a], [b]) => Number(a.slice(2)) - Number(b.slice(2))))
}

export async function startBench(options: TestServerOptions = {}): Promise<Bench> {
  const server = await startTestServer(options)
  const directory = await mkdtemp(join(tmpdir(), 'kubectl-'))
  const kubeconfig = join(directory, 'kubeconfig.yaml')
  await writeFile(kubeconfig, server.kubeconfig)

  const kubectl: Bench['kubectl'] = (parameters, { input, env, program = defaultKubectl, timeoutMs = 30_000 } = {}) =>
    run(program, ['--kubeconfig', kubeconfig, ...parameters], {
      ...(input === undefined ? {} : { input }),
      // A home of its own: nothing cached from other servers.
      env: { ...process.env, HOME: directory, KUBECTL_KUBERC: 'false', ...env },
      cwd: directory,
      timeoutMs,
    })
  return {
    server,
    directory,
    kubectl,
    async ok(parameters, more) {
      const { code, stdout, stderr } = await kubectl(parameters, more)
      if (code !== 0) throw new Error(`kubectl ${parameters.join(' ')} exited with ${code}\n${stdout}\n${stderr}`)
      return stdout
    },
    async fails(parameters, more) {
      const { code, stdout, stderr } = await kubectl(parameters, more)
      if (code === 0) throw new Error(`kubectl ${parameters.join(' ')} did not fail\n${stdout}\n${stderr}`)
      return stderr
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export const webDeployment = (image: string, more = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: ${image}
        ports: [{containerPort: 80}]
${more}`

/** A custom resource with a scale, columns and lists. */
export const fleetDefinition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: fleets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Fleet, plural: fleets, singular: fleet, shortNames: [fl], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.ships, statusReplicasPath: .status.ships}
    additionalPrinterColumns:
    - {name: Ships, type: integer, jsonPath: .spec.ships}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [ships]
            properties:
              ships: {type: integer, minimum: 0}
              colour: {type: string, default: grey}
              crew:
                type: array
                items: {type: object, required: [name], properties: {name: {type: string}, rank: {type: string}}}
          status:
            type: object
            properties: {ships: {type: integer}}
`
export const fleet = (
  ships: number,
  crew = '[{name: ann, rank: captain}, {name: bob}]',
): string => `apiVersion: example.com/v1
kind: Fleet
metadata: {name: north, namespace: default}
spec: {ships: ${ships}, crew: ${crew}}
`
