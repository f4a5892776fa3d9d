import type { NativeRules } from '../rules.ts'

export const serviceImport: NativeRules = {
  getDependencies: ({ object }) => {
    const name = `derived-${object.metadata.name ?? ''}`
    const namespace = object.metadata.namespace ?? ''
    return [
      { apiVersion: 'v1', kind: 'Service', namespace, name },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        namespace,
        labelSelector: { matchLabels: { 'kubernetes.io/service-name': name } },
      },
    ]
  },
}
