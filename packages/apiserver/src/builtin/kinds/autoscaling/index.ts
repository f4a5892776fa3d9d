import type { KindRules } from '../../contracts.ts'
import { autoscalerV1Rules, autoscalerV2Rules } from './autoscaler.ts'

/** HorizontalPodAutoscalers in both versions. `Scale` is no stored kind: the registry answers it. */
export const autoscalingRules: { readonly [key: string]: KindRules | undefined } = {
  'autoscaling/v1/HorizontalPodAutoscaler': autoscalerV1Rules,
  'autoscaling/v2/HorizontalPodAutoscaler': autoscalerV2Rules,
}
