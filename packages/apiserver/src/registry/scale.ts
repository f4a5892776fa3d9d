import {
  deepClone,
  type DeepReadonly,
  errors,
  getPath,
  isPlainObject,
  type JsonObject,
  labelSelectorMatcher,
  type LabelSelector,
  labelSetMatcher,
  type Unstructured,
  withPath,
} from '@kairship/apimachinery'
import type { ScalePaths } from '@kairship/api'
import { invalidObject } from '../builtin/index.ts'
import type { Outcome, Request } from '../request.ts'
import type { Services } from '../services.ts'
import type { InstalledResource } from '../strategy.ts'
import { checkKind, fieldManager } from './body.ts'
import { convertItems } from './convert.ts'
import { patchJson } from './patch-document.ts'
import type { Shapes } from './shapes.ts'
import type { Updater } from './update.ts'

/** `/scale`: the parent's replicas as an autoscaling/v1 Scale. */
export class Scales {
  readonly #updater: Updater
  readonly #shapes: Shapes
  constructor(services: Services, updater: Updater) {
    this.#updater = updater
    this.#shapes = services.shapes
  }

  async handle(installed: InstalledResource, request: Request): Promise<Outcome> {
    const { operation } = request
    const { definition } = installed
    const { scale: paths } = definition
    const { name = '', verb } = operation
    if (paths === undefined) throw errors.unknownResource()
    if (verb === 'get') {
      const item = this.#updater.find(installed, request)
      if (item === undefined) throw errors.notFound(definition, name)
      await convertItems(installed, [item])
      return { type: 'value', status: 200, body: toScale(item.view(installed).object, paths) }
    }
    if (verb !== 'update' && verb !== 'patch') throw errors.methodNotAllowed()
    const outcome = await this.#updater.change(installed, request, (old) => {
      const before = toScale(old, paths)
      const scale = verb === 'patch' ? patchJson(operation, before, installed, this.#shapes) : operation.body
      if (!isPlainObject(scale)) throw errors.badRequest('a Scale is expected')
      checkKind(scale, 'Scale', 'autoscaling')
      const metadata = isPlainObject(scale['metadata']) ? scale['metadata'] : {}
      const given = metadata['name']
      if (given !== undefined && given !== name) {
        throw errors.badRequest(
          `the name of the object (${JSON.stringify(given)}) does not match the name on the URL (${name})`,
        )
      }
      const spec = isPlainObject(scale['spec']) ? scale['spec'] : {}
      const replicas = spec['replicas'] ?? 0
      if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
        throw invalidObject('autoscaling', 'Scale', name, [
          { type: 'Invalid', field: 'spec.replicas', value: replicas, detail: 'must be greater than or equal to 0' },
        ])
      }
      const seen = verb === 'patch' && !patchNamesRevision(operation.body) ? undefined : metadata['resourceVersion']
      const { uid } = metadata
      const draft = withPath(deepClone(old), split(paths.specReplicasPath), replicas) as Unstructured
      if (typeof uid === 'string' && uid !== '') draft.metadata.uid = uid
      const resourceVersion = typeof seen === 'string' && seen !== '' ? seen : undefined
      return { draft, resourceVersion, manager: fieldManager(operation) }
    })
    if (outcome.type !== 'object') return outcome
    return { type: 'value', status: 200, body: toScale(outcome.view.object, paths) }
  }
}

function patchNamesRevision(body: unknown): boolean {
  return isPlainObject(body) && isPlainObject(body['metadata']) && body['metadata']['resourceVersion'] !== undefined
}

function split(path: string): string[] {
  return path.replace(/^\./, '').split('.')
}

function toScale(object: DeepReadonly<Unstructured>, paths: ScalePaths): JsonObject {
  const { name = '', namespace = '', uid = '', resourceVersion = '', creationTimestamp = '' } = object.metadata
  const replicas = getPath(object, split(paths.specReplicasPath))
  const present = getPath(object, split(paths.statusReplicasPath))
  const selector = selectorText(object, paths.labelSelectorPath)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: typeof replicas === 'number' ? { replicas } : {},
    status: { replicas: typeof present === 'number' ? present : 0, ...(selector === '' ? {} : { selector }) },
  }
}

/** Built-in kinds hold a selector object there (or a plain set of labels), custom resources its text. */
function selectorText(object: DeepReadonly<Unstructured>, path: string | undefined): string {
  const value = path === undefined ? undefined : getPath(object, split(path))
  if (typeof value === 'string') return value
  if (!isPlainObject(value)) return ''
  if (isPlainObject(value['matchLabels']) || Array.isArray(value['matchExpressions'])) {
    return labelSelectorMatcher(value as LabelSelector).toString()
  }
  return labelSetMatcher(value as { [key: string]: string }).toString()
}
