import { ApiError, errors } from '@kairship/apimachinery'
import { errorMessage } from '@kairship/runtime'
import type { Stage } from './stage.ts'

/** A fault of ours becomes a 500 Status and a log line; it ends one request and nothing else. */
export function faults(): Stage {
  return {
    name: 'faults',
    async handle(request, next) {
      try {
        return await next()
      } catch (error) {
        if (error instanceof ApiError) throw error
        const { verb, group, resource, subresource, namespace, name } = request.operation
        request.log.error('a request failed', error, { verb, group, resource, subresource, namespace, name })
        throw errors.internal(errorMessage(error), error)
      }
    },
  }
}
