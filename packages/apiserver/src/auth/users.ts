import type { UserInfo } from '@kairship/apimachinery'

/** Callers without credentials. */
export const anonymous: UserInfo = Object.freeze({
  username: 'system:anonymous',
  groups: Object.freeze(['system:unauthenticated']),
})

/** The plane's own controllers; bypasses authorization. */
export const systemUser: UserInfo = Object.freeze({
  username: 'system:apiserver',
  groups: Object.freeze(['system:masters', 'system:authenticated']),
})

export const allAuthenticated = 'system:authenticated'
export const masters = 'system:masters'

/** Adds `system:authenticated`, which every proven identity holds. */
export function authenticated(user: UserInfo): UserInfo {
  return user.groups.includes(allAuthenticated) ? user : { ...user, groups: [...user.groups, allAuthenticated] }
}
