import type { AdmissionRequest } from '@kairship/api'
import type { Write, WriteStep } from '../registry/write.ts'
import type { Services } from '../services.ts'

/** In-process admission that may change the object; what it leaves out is defaulted again. */
export function admitMutating({ admission }: Services): WriteStep {
  const plugins = admission.filter((plugin) => plugin.mutate !== undefined)
  return {
    name: 'admission: mutate',
    async run(write) {
      for (const plugin of plugins) {
        const asked = admissionRequest(write)
        if (!plugin.handles(asked)) continue
        const changed = await plugin.mutate?.(asked)
        if (changed === undefined) continue
        write.draft = changed
        write.installed.strategy.default?.(write.draft)
      }
    },
  }
}

/** In-process admission that may refuse the finished object. */
export function admitValidating({ admission }: Services): WriteStep {
  const plugins = admission.filter((plugin) => plugin.validate !== undefined)
  return {
    name: 'admission: validate',
    async run(write) {
      for (const plugin of plugins) {
        const asked = admissionRequest(write)
        if (plugin.handles(asked)) await plugin.validate?.(asked)
      }
    },
  }
}

function admissionRequest({ request, installed, operation, subresource, dryRun, old, draft }: Write): AdmissionRequest {
  const { group, version, resource } = installed.definition
  const { namespace } = request.operation
  return {
    operation,
    group,
    version,
    resource,
    ...(subresource === '' ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    name: draft.metadata.name ?? '',
    user: request.user,
    dryRun,
    object: draft,
    ...(old === undefined ? {} : { old }),
  }
}
