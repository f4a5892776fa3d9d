import type { UserInfo } from '@kairship/apimachinery'
import { at, text } from '../builtin/fields.ts'
import type { PlaneRegistry } from '../strategy.ts'

const form = /^([a-z0-9]{6})\.([a-z0-9]{16})$/

/** The user of a bootstrap token (`id.secret`), kept as Secrets in kube-system. */
export function checkBootstrapToken(token: string, registry: PlaneRegistry): UserInfo | undefined {
  const [, id, secretPart] = form.exec(token) ?? []
  if (id === undefined || secretPart === undefined) return undefined
  const secret = registry.get('', 'secrets', 'kube-system', `bootstrap-token-${id}`)
  if (secret === undefined || secret.metadata.deletionTimestamp !== undefined) return undefined
  if (secret['type'] !== 'bootstrap.kubernetes.io/token') return undefined
  const data = at(secret, 'data')
  const value = (key: string): string => Buffer.from(text(data, key), 'base64').toString()
  if (value('token-id') !== id || value('token-secret') !== secretPart) return undefined
  if (value('usage-bootstrap-authentication') !== 'true') return undefined
  const expiration = value('expiration')
  if (expiration !== '' && !(Date.parse(expiration) > registry.clock.now())) return undefined
  const extraGroups = value('auth-extra-groups')
    .split(',')
    .filter((group) => group.startsWith('system:bootstrappers:'))
  return { username: `system:bootstrap:${id}`, groups: ['system:bootstrappers', ...extraGroups] }
}
