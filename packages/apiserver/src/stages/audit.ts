import { ApiError } from '@kairship/apimachinery'
import type { Services } from '../services.ts'
import type { Stage } from './stage.ts'

/** Reports every request with its result, whatever becomes of it. */
export function audit({ clock, audit: report }: Services): Stage {
  return {
    name: 'audit',
    async handle(request, next) {
      const { operation, user, now } = request
      const done = (code: number): void => {
        const { verb, group, version, resource, subresource = '', namespace = '', name = '' } = operation
        const tookMs = clock.now() - now
        const { auditAnnotations } = request
        const annotations = auditAnnotations === undefined ? {} : { annotations: auditAnnotations }
        const about = { verb, group, version, resource, subresource, namespace, name }
        report({ user, ...about, code, receivedAt: now, tookMs, ...annotations })
      }
      try {
        const outcome = await next()
        done('status' in outcome ? outcome.status : 200)
        return outcome
      } catch (error) {
        done(error instanceof ApiError ? error.code : 500)
        throw error
      }
    },
  }
}
