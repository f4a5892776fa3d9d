import { type ApiError, errors, type Operation, toJson } from '@kairship/apimachinery'
import type { ResourceDefinition } from '@kairship/api'
import { systemUser } from '../auth/index.ts'
import { Creator } from '../registry/create.ts'
import { Deleter } from '../registry/delete.ts'
import { Patcher } from '../registry/patch.ts'
import { get, list, watch } from '../registry/read.ts'
import { Scales } from '../registry/scale.ts'
import { Updater } from '../registry/update.ts'
import type { WriteStep } from '../registry/write.ts'
import type { Outcome, Request } from '../request.ts'
import type { Services } from '../services.ts'
import type { InstalledResource } from '../strategy.ts'
import type { Stage } from './stage.ts'

const connections: ReadonlySet<string> = new Set(['log', 'exec', 'attach', 'portforward', 'proxy'])

/** What a kubelet would answer. */
function needsContainers({ group, resource }: Operation, subresource: string): boolean {
  return group === '' && ['pods', 'services', 'nodes'].includes(resource) && connections.has(subresource)
}

function noContainers(): ApiError {
  return errors.badRequest('this control plane runs no containers: there are no logs, and nothing to connect to')
}

/** The end of the chain: finds the resource and does what was asked. */
export function registry(services: Services, steps: readonly WriteStep[]): Stage {
  const creator = new Creator(services, steps)
  const updater = new Updater(services, steps, creator)
  const patcher = new Patcher(services, updater, creator)
  const deleter = new Deleter(services, updater)
  const scales = new Scales(services, updater)

  return {
    name: 'registry',
    async handle(request) {
      const { operation } = request
      const { group, version, resource, subresource = '' } = operation
      const installed = services.resources.resolve(group, version, resource)
      if (installed === undefined) throw errors.unknownResource()
      const { definition } = installed
      if (definition.deprecationWarning !== undefined) request.warnings.push(definition.deprecationWarning)
      checkScope(definition, operation)
      if (subresource !== '') return onSubresource(installed, request, subresource)
      if (definition.virtual) return review(services, installed, request)
      if (!definition.verbs.includes(operation.verb)) throw errors.methodNotAllowed()
      switch (operation.verb) {
        case 'get':
          return get(services, installed, request)
        case 'list':
          return list(services, installed, request)
        case 'watch':
          return watch(services, installed, request)
        case 'create':
          return creator.create(installed, request)
        case 'update':
          return updater.update(installed, request)
        case 'patch':
          return patcher.patch(installed, request)
        case 'delete':
          return deleter.delete(installed, request)
        case 'deletecollection':
          return deleter.deleteCollection(installed, request)
      }
    },
  }

  async function onSubresource(installed: InstalledResource, request: Request, name: string): Promise<Outcome> {
    const { definition, strategy } = installed
    const { verb } = request.operation
    const found = definition.subresources.find((each) => each.name === name)
    if (found === undefined) throw needsContainers(request.operation, name) ? noContainers() : errors.unknownResource()
    // A POST to some subresources (binding) becomes an update of the object, which only the plane itself may ask for.
    const ownUpdate = verb === 'update' && request.user?.username === systemUser.username
    if (!found.verbs.includes(verb) && !ownUpdate) throw errors.methodNotAllowed()
    if (name === 'scale' && definition.scale !== undefined) return scales.handle(installed, request)
    if (name !== 'status') {
      const asking = verb === 'create' ? services.webhooks.action(installed, request, name) : undefined
      const body = asking === undefined ? undefined : toJson(await asking)
      const admitted = body === undefined ? request : { ...request, operation: { ...request.operation, body } }
      const reply = await strategy.subresource?.(admitted, services.registry)
      if (reply !== undefined) {
        request.warnings.push(...reply.warnings)
        return { type: 'value', status: reply.status, body: reply.body }
      }
    }
    if (verb === 'get') return get(services, installed, request)
    if (verb === 'update') return updater.update(installed, request)
    if (verb === 'patch') return patcher.patch(installed, request)
    throw errors.methodNotAllowed()
  }
}

/** Cluster-scoped resources have no namespaces; what is in a namespace is only listed across all of them. */
function checkScope({ namespaced }: ResourceDefinition, { verb, namespace = '', name = '' }: Operation): void {
  if (!namespaced && namespace !== '') throw errors.unknownResource()
  if (!namespaced || namespace !== '' || verb === 'list' || verb === 'watch') return
  throw name === '' ? errors.methodNotAllowed() : errors.unknownResource()
}

/** POST of a review: answered, never stored. */
async function review(services: Services, installed: InstalledResource, request: Request): Promise<Outcome> {
  const { strategy, definition } = installed
  if (request.operation.verb !== 'create' || strategy.review === undefined) throw errors.methodNotAllowed()
  const draft = new Creator(services, []).decode(installed, request)
  if (definition.namespaced) draft.metadata.namespace = request.operation.namespace ?? ''
  const answer = await strategy.review(draft, request)
  return { type: 'value', status: 201, body: toJson(answer) }
}
