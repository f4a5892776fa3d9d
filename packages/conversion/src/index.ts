export { autoscalerAnnotations, autoscalerToV1, autoscalerToV2 } from './kinds/horizontal-pod-autoscaler.ts'
export { eventToCoreV1, eventToEventsV1 } from './kinds/event.ts'
