import { errors } from '@kairship/apimachinery'
import type { UserInfo } from '@kairship/apimachinery'
import type { AuthorizationAttributes } from '../strategy.ts'
import type { Headers, RuleAuthorizer } from './contracts.ts'
import { forbidden } from './forbidden.ts'
import { allAuthenticated } from './users.ts'

const extraPrefix = 'impersonate-extra-'

/** Who to act as after the `Impersonate-*` headers; checked right by right. */
export function impersonate(user: UserInfo, headers: Headers, authorizer: RuleAuthorizer): UserInfo {
  const username = values(headers['impersonate-user'])[0] ?? ''
  const groups = values(headers['impersonate-group'])
  const uid = values(headers['impersonate-uid'])[0]
  const extra = extras(headers)
  if (username === '') {
    if (groups.length > 0 || uid !== undefined || Object.keys(extra).length > 0) {
      throw errors.badRequest('requested [] without impersonating a user')
    }
    return user
  }
  const check = (group: string, resource: string, name: string, namespace = '', subresource = ''): void => {
    const attributes: AuthorizationAttributes = {
      user,
      verb: 'impersonate',
      group,
      version: 'v1',
      resource,
      subresource,
      namespace,
      name,
    }
    const decision = authorizer.authorize(attributes)
    if (!decision.allowed) throw forbidden(attributes, decision.reason)
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username)
  const [, namespace = '', name = ''] = account ?? []
  if (account === null) check('', 'users', username)
  else check('', 'serviceaccounts', name, namespace)
  for (const group of groups) check('', 'groups', group)
  if (uid !== undefined) check('authentication.k8s.io', 'uids', uid)
  for (const [key, list] of Object.entries(extra)) {
    for (const value of list) check('authentication.k8s.io', 'userextras', value, '', key)
  }
  const given =
    account !== null && groups.length === 0 ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`] : groups
  const isAnonymous = username === 'system:anonymous'
  const implied = isAnonymous ? 'system:unauthenticated' : allAuthenticated
  return {
    username,
    ...(uid === undefined ? {} : { uid }),
    groups: given.includes(implied) ? given : [...given, implied],
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  }
}

function values(header: string | readonly string[] | undefined): readonly string[] {
  if (header === undefined) return []
  // Node joins repeated headers with a comma.
  const list = typeof header === 'string' ? header.split(',') : header
  return list.map((value) => value.trim()).filter((value) => value !== '')
}

function extras(headers: Headers): { [key: string]: readonly string[] } {
  const extra: { [key: string]: readonly string[] } = {}
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    if (lower.startsWith(extraPrefix)) extra[unescape(lower.slice(extraPrefix.length))] = values(value)
  }
  return extra
}
function unescape(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}
