import type { KindRules } from '../../contracts.ts'

export const networkingRules: { readonly [key: string]: KindRules | undefined } = {}
