import type { Operation } from '@kairship/apimachinery'
import { reach } from '../registry/read.ts'
import { storeFailure } from '../registry/store-failure.ts'
import type { Outcome, Request } from '../request.ts'
import type { Services } from '../services.ts'
import type { Stage } from './stage.ts'

/**
 * Lets a request that asks for the present see everything that was acknowledged before it came, by whichever replica.
 * Where nobody else writes to the store, that is so anyway.
 */
export function catchUp(services: Services): Stage {
  const wait = async (newest: Promise<number>, request: Request, next: () => Promise<Outcome>): Promise<Outcome> => {
    let revision: number
    try {
      revision = await newest
    } catch (error) {
      throw storeFailure(error, 'the store cannot be read')
    }
    await reach(services, revision, request.signal)
    return next()
  }
  return {
    name: 'catch-up',
    handle(request, next) {
      const newest = namesRevision(request.operation) ? undefined : services.cache.newest()
      return newest === undefined ? next() : wait(newest, request, next)
    },
  }
}

/** A read that names a revision says itself how fresh it has to be. */
function namesRevision({ verb, query }: Operation): boolean {
  const isRead = verb === 'get' || verb === 'list' || verb === 'watch'
  return isRead && ((query?.resourceVersion ?? '') !== '' || (query?.continue ?? '') !== '')
}
