import { withPath } from '@kairship/apimachinery'
import { at, fieldsAt, isFields, listAt, omitEmpty, stringAt } from '../../fields.ts'
import type { Fields } from '../../fields.ts'
import type { Obj } from '../../interpretations.ts'
import { podDependencies } from '../pod-dependencies.ts'
import { podRequirements } from '../pod-requirements.ts'
import type { NativeRules } from '../rules.ts'
import { reported, withStatus } from '../status.ts'
import type { StatusItem } from '../status.ts'
import { withRequirements } from '../workload.ts'

export const pod: NativeRules = {
  getReplicas: ({ object }) => withRequirements(1, podRequirements(at(object, 'spec'))),
  retain: ({ desired, observed }) => {
    const kept = ['nodeName', 'serviceAccountName', 'volumes'].reduce<Obj>(
      (object, field) => withPath(object, ['spec', field], at(observed, 'spec', field)),
      desired,
    )
    return ['containers', 'initContainers'].reduce<Obj>((object, list) => keepMounts(object, observed, list), kept)
  },
  aggregateStatus: ({ object, items }) => aggregate(object, items),
  interpretHealth: ({ object }) => {
    const phase = stringAt(object, 'status', 'phase')
    const ready = listAt(object, 'status', 'conditions').some(
      (condition) => stringAt(condition, 'type') === 'Ready' && stringAt(condition, 'status') === 'True',
    )
    return phase === 'Succeeded' || (phase === 'Running' && ready)
  },
  getDependencies: ({ object }) => podDependencies(at(object, 'spec'), object.metadata.namespace ?? ''),
}

/** Volume mounts that the member added (service account tokens …) stay, per container of the same name. */
function keepMounts(desired: Obj, observed: Obj, list: string): Obj {
  if (at(desired, 'spec', list) === undefined) return desired
  const inMember = new Map(listAt(observed, 'spec', list).map((item) => [stringAt(item, 'name'), item]))
  const containers = listAt(desired, 'spec', list).map((container) => {
    const mounts = at(inMember.get(stringAt(container, 'name')), 'volumeMounts')
    return isFields(container) && mounts !== undefined ? { ...container, volumeMounts: mounts } : container
  })
  return withPath(desired, ['spec', list], containers)
}

const phases = ['Failed', 'Pending', 'Running', 'Succeeded']

function aggregate(template: Obj, items: readonly StatusItem[]): Obj {
  const seen = new Set(items.map((item) => stringAt(item.status, 'phase') ?? 'Pending'))
  const reduce = (list: string): Fields[] =>
    reported(items).flatMap((status) =>
      listAt(status, list).map((entry) => ({
        ready: at(entry, 'ready') === true,
        state: fieldsAt(entry, 'state') ?? {},
        // Their type has no way to leave these out; whoever reads them counts on them.
        name: '',
        image: '',
        imageID: '',
        restartCount: 0,
        lastState: {},
      })),
    )
  return withStatus(
    template,
    omitEmpty({
      phase: phases.find((phase) => seen.has(phase)),
      containerStatuses: reduce('containerStatuses'),
      initContainerStatuses: reduce('initContainerStatuses'),
    }),
  )
}
