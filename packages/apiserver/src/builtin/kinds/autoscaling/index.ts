import type { KindRules } from '../../contracts.ts'

export const autoscalingRules: { readonly [key: string]: KindRules | undefined } = {}
