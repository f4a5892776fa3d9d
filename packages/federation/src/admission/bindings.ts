import type { AdmissionPlugin } from '@kairship/api'
import { Annotations, Labels } from '@kairship/api/karmada'
import type { Random } from '@kairship/runtime'
import { denied } from './denied.ts'
import { toUnstructured } from './parse.ts'

/** Bindings get their permanent id when they are created, and only then (T-37). */
export function bindingPlugins(random: Random): readonly AdmissionPlugin[] {
  const plugin = (webhook: string, plural: string, idLabel: string): AdmissionPlugin => ({
    name: webhook,
    handles: ({ group, resource, subresource, operation }) =>
      group === 'work.karmada.io' && resource === plural && subresource === undefined && operation !== 'DELETE',
    mutate: ({ object, operation }) => {
      if (object === undefined || operation !== 'CREATE' || object.metadata.labels?.[idLabel]) return undefined
      const labels = { ...object.metadata.labels, [idLabel]: random.uuid() }
      return toUnstructured({ ...object, metadata: { ...object.metadata, labels } })
    },
    validate: ({ object }) => {
      const dependencies = object?.metadata.annotations?.[Annotations.dependencies]
      if (dependencies === undefined || isJson(dependencies)) return
      throw denied(webhook, `annotation ${Annotations.dependencies} must be valid JSON`)
    },
  })
  return [
    plugin('resourcebinding.karmada.io', 'resourcebindings', Labels.resourceBindingId),
    plugin('clusterresourcebinding.karmada.io', 'clusterresourcebindings', Labels.clusterResourceBindingId),
  ]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
