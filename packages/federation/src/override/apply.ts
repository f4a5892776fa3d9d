import { getPath, parseJson, stringifyJson, withPath } from '@kairship/apimachinery'
import { formatYaml, parseYaml } from '@kairship/apimachinery/yaml'
import type { DeepReadonly } from '@kairship/apimachinery'
import type {
  CommandArgsOverrider,
  FieldOverrider,
  FieldPatchOperation,
  ImageOverrider,
  LabelAnnotationOverrider,
  Overriders,
} from '@kairship/api/karmada'
import type { Obj } from '../manifest/prune.ts'
import { editContainers } from './containers.ts'
import { overrideImage } from './image.ts'
import { patchDocument, patchManifest, pathOfPointer } from './pointer.ts'
import type { PlaintextOperation } from './pointer.ts'

/** One rule's changes, in upstream's fixed order. Throws when one cannot be applied; nothing is half done. */
export function applyOverriders(object: Obj, overriders: DeepReadonly<Overriders>): Obj {
  let result = object
  for (const overrider of overriders.imageOverrider ?? []) result = applyImage(result, overrider)
  for (const overrider of overriders.commandOverrider ?? []) result = applyList(result, 'command', overrider)
  for (const overrider of overriders.argsOverrider ?? []) result = applyList(result, 'args', overrider)
  for (const overrider of overriders.labelsOverrider ?? []) result = applyMap(result, 'labels', overrider)
  for (const overrider of overriders.annotationsOverrider ?? []) result = applyMap(result, 'annotations', overrider)
  for (const overrider of overriders.fieldOverrider ?? []) result = applyField(result, overrider)
  const plaintext = overriders.plaintext ?? []
  return plaintext.length === 0 ? result : patchManifest(result, plaintext)
}

function applyImage(object: Obj, overrider: DeepReadonly<ImageOverrider>): Obj {
  const change = (image: unknown): unknown =>
    typeof image === 'string'
      ? overrideImage(image, overrider.component, overrider.operator, overrider.value ?? '')
      : image
  if (overrider.predicate === undefined) return editContainers(object, 'image', change)
  const path = pathOfPointer(object, overrider.predicate.path)
  const image = path === undefined ? undefined : getPath(object, path)
  if (path === undefined || typeof image !== 'string') {
    throw new Error(`imageOverrider: ${overrider.predicate.path} is not a string`)
  }
  return withPath(object, path, change(image))
}

function applyList(object: Obj, field: 'command' | 'args', overrider: DeepReadonly<CommandArgsOverrider>): Obj {
  const values = overrider.value ?? []
  return editContainers(object, field, (current, container) => {
    if (container !== overrider.containerName) return current
    const list: readonly unknown[] = Array.isArray(current) ? current : []
    if (overrider.operator === 'add') return [...list, ...values]
    const kept = list.filter((item) => typeof item !== 'string' || !values.includes(item))
    return kept.length === list.length ? current : kept
  })
}

/** The object's own metadata, not its pod template's. Only `add` creates keys. */
function applyMap(
  object: Obj,
  field: 'labels' | 'annotations',
  overrider: DeepReadonly<LabelAnnotationOverrider>,
): Obj {
  const current = object.metadata[field] ?? {}
  const values = Object.entries(overrider.value ?? {})
  switch (overrider.operator) {
    case 'add':
      return withPath(object, ['metadata', field], { ...current, ...Object.fromEntries(values) })
    case 'replace': {
      const known = values.filter(([key]) => current[key] !== undefined)
      return known.length === 0
        ? object
        : withPath(object, ['metadata', field], { ...current, ...Object.fromEntries(known) })
    }
    case 'remove': {
      const drop = new Set(values.map(([key]) => key))
      const kept = Object.entries(current).filter(([key]) => !drop.has(key))
      return kept.length === Object.keys(current).length
        ? object
        : withPath(object, ['metadata', field], Object.fromEntries(kept))
    }
  }
}

/** Changes inside a JSON or YAML document that is the text of one field. Comments and key order of YAML are lost. */
function applyField(object: Obj, overrider: DeepReadonly<FieldOverrider>): Obj {
  const path = pathOfPointer(object, overrider.fieldPath)
  const text = path === undefined ? undefined : getPath(object, path)
  if (path === undefined || typeof text !== 'string') {
    throw new Error(`fieldOverrider: ${overrider.fieldPath} is not a string`)
  }
  const { json = [], yaml = [] } = overrider
  const inJson = json.length === 0 ? text : stringifyJson(patchDocument(parseJson(text).value, json.map(operationOf)))
  const inYaml = yaml.length === 0 ? inJson : formatYaml(patchDocument(parseYaml(inJson), yaml.map(operationOf)))
  return withPath(object, path, inYaml)
}

function operationOf(operation: DeepReadonly<FieldPatchOperation>): PlaintextOperation {
  const { subPath: path, operator, value } = operation
  return { path, operator, ...(value === undefined ? {} : { value }) }
}
