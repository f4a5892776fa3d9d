import type { KindRules } from '../../contracts.ts'

export const policyRules: { readonly [key: string]: KindRules | undefined } = {}
