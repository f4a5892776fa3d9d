export * from './interpretations.ts'
export { nativeLayer } from './native/layer.ts'
export { addAmounts, amounts, podRequests, type Amounts } from './native/pod-requests.ts'
