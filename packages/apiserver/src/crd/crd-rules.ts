/** Group and resource of the CRDs themselves. */
export const customResourceDefinitions: {
  readonly group: string
  readonly version: string
  readonly resource: string
} = Object.freeze({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
})
