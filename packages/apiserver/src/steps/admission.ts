import type { AdmissionPlugin, AdmissionRequest } from '@kairship/api'
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
  const mutateAndAsk = async (write: Write): Promise<void> => {
    await mutate(write)
    const asking = webhooks.mutate(write)
    if (asking !== undefined && (await asking)) await mutate(write)
  }
  return {
    name: 'admission: mutate',
    run(write) {
      // Nobody is concerned by most writes: those do not wait.
      if (concerned(plugins, write)) return mutateAndAsk(write)
      const asking = webhooks.mutate(write)
      return asking?.then((changed) => (changed ? mutate(write) : undefined))
    },
  }
}

/** Admission that may refuse the finished object: in this process, then policies, then webhooks. */
export function admitValidating({ admission, webhooks, policies }: Services): WriteStep {
  const plugins = admission.filter((plugin) => plugin.validate !== undefined)
  const validateAndAsk = async (write: Write): Promise<void> => {
    const asked = admissionRequest(write)
    for (const plugin of plugins) if (plugin.handles(asked)) await plugin.validate?.(asked)
    policies.validate(write)
    await webhooks.validate(write)
  }
  return {
    name: 'admission: validate',
    run(write) {
      if (concerned(plugins, write)) return validateAndAsk(write)
      policies.validate(write)
      return webhooks.validate(write)
    },
  }
}

function concerned(plugins: readonly AdmissionPlugin[], write: Write): boolean {
  const asked = admissionRequest(write)
  return plugins.some((plugin) => plugin.handles(asked))
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
