export { autoscalerToV1, autoscalerToV2 } from './kinds/autoscaler.ts'
export { eventToCoreV1, eventToEventsV1 } from './kinds/event.ts'
