import type { UserInfo } from '@kairship/apimachinery'
import { items, text } from '../../builtin/fields.ts'
import type { ReadonlyFields } from '../../builtin/fields.ts'
import { serviceAccountUser } from '../service-account-tokens.ts'

/** `U:bob`, `G:dev`: the key of a subject in the index. */
export function subjectKeys(binding: ReadonlyFields, bindingNamespace: string): readonly string[] {
  const keys: string[] = []
  for (const subject of items(binding, 'subjects')) {
    const name = text(subject, 'name')
    if (subject['kind'] === 'User') keys.push(`U:${name}`)
    else if (subject['kind'] === 'Group') keys.push(`G:${name}`)
    else if (subject['kind'] === 'ServiceAccount') {
      keys.push(`U:${serviceAccountUser(text(subject, 'namespace') || bindingNamespace, name)}`)
    }
  }
  return keys
}

export function userKeys(user: UserInfo): readonly string[] {
  return [`U:${user.username}`, ...user.groups.map((group) => `G:${group}`)]
}

/** `User "bob"`, `Group "dev"`, `ServiceAccount "x/ns"`: as reasons name a subject. */
export function describeSubject(key: string): string {
  const name = key.slice(2)
  if (key.startsWith('G:')) return `Group ${JSON.stringify(name)}`
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name)
  if (account !== null) return `ServiceAccount ${JSON.stringify(`${account[2]}/${account[1]}`)}`
  return `User ${JSON.stringify(name)}`
}
