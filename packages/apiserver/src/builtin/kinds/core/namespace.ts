import { errors as apiErrors, validateDns1123Label, validateQualifiedName } from '@kairship/apimachinery'
import type { KindRules } from '../../contracts.ts'
import { at, ensure, strings } from '../../fields.ts'

const finalizer = 'kubernetes'
const immortal: ReadonlySet<string | undefined> = new Set(['default', 'kube-system', 'kube-public'])

export const namespaceRules: KindRules = {
  name: validateDns1123Label,
  deleteReturnsObject: true,
  defaults: (draft) => {
    const { name } = draft.metadata
    if (name === undefined || name === '') return
    draft.metadata.labels = { ...draft.metadata.labels, 'kubernetes.io/metadata.name': name }
  },
  prepareForCreate: (draft) => {
    // The name may only now be known, when it was generated.
    const { name = '' } = draft.metadata
    draft.metadata.labels = { ...draft.metadata.labels, 'kubernetes.io/metadata.name': name }
    const spec = ensure(draft, 'spec')
    const finalizers = strings(spec, 'finalizers')
    spec['finalizers'] = finalizers.includes(finalizer) ? finalizers : [...finalizers, finalizer]
    draft['status'] = { phase: 'Active' }
  },
  prepareForUpdate: (draft, old, context) => {
    if (context.operation.subresource === 'finalize') {
      const finalizers = strings(at(draft, 'spec'), 'finalizers')
      for (const key of Object.keys(draft)) if (!(key in old)) delete draft[key]
      draft.metadata = { ...draft.metadata, labels: { ...old.metadata.labels } }
      draft['spec'] = finalizers.length === 0 ? {} : { ...at(old, 'spec'), finalizers }
      draft['status'] = old['status']
      return
    }
    draft['spec'] = old['spec']
  },
  validate: (namespace, errors) => {
    for (const [index, name] of strings(at(namespace, 'spec'), 'finalizers').entries()) {
      for (const problem of validateQualifiedName(name)) errors.invalid(`spec.finalizers[${index}]`, name, problem)
    }
  },
  checkDelete: (old) => {
    const { name = '' } = old.metadata
    if (!immortal.has(name)) return
    throw apiErrors.forbidden({ group: '', resource: 'namespaces' }, name, 'this namespace may not be deleted')
  },
  prepareForDelete: (draft) => {
    ensure(draft, 'status')['phase'] = 'Terminating'
  },
  holdsDeletion: (namespace) => strings(at(namespace, 'spec'), 'finalizers').length > 0,
}
