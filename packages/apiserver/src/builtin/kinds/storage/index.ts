import type { KindRules } from '../../contracts.ts'

export const storageRules: { readonly [key: string]: KindRules | undefined } = {}
