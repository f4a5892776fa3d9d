import type { AdmissionRequest } from '@kairship/api'
import type { Write, WriteStep } from '../registry/write.ts'
import type { Services } from '../services.ts'

/**
 * Admission that may change the object: in this process, then webhooks, and in this process again when one of those made a
 * change. What is left out is defaulted again.
 */
export function admitMutating({ admission, webhooks }: Services): WriteStep {
  const plugins = admission.filter((plugin) => plugin.mutate !== undefined)
  const mutate = async (write: Write): Promise<void> => {
    for (const plugin of plugins) {
      const asked = admissionRequest(write)
      if (!plugin.handles(asked)) continue
      const changed = await plugin.mutate?.(asked)
      if (changed === undefined) continue
      write.draft = changed
      write.installed.strategy.default?.(write.draft)
    }
  }
  return {
    name: 'admission: mutate',
    async run(write) {
      await mutate(write)
      const asking = webhooks.mutate(write)
      if (asking !== undefined && (await asking)) await mutate(write)
    },
  }
}

/** Admission that may refuse the finished object: in this process, then webhooks. */
export function admitValidating({ admission, webhooks }: Services): WriteStep {
  const plugins = admission.filter((plugin) => plugin.validate !== undefined)
  return {
    name: 'admission: validate',
    async run(write) {
      for (const plugin of plugins) {
        const asked = admissionRequest(write)
        if (plugin.handles(asked)) await plugin.validate?.(asked)
      }
      const asking = webhooks.validate(write)
      if (asking !== undefined) await asking
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
