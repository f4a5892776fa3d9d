import { bumpGeneration, carryOver, fillCreated } from '../registry/metadata.ts'
import type { WriteStep } from '../registry/write.ts'
import type { Services } from '../services.ts'

/** Sets system fields and puts back what this way of writing may not touch. */
export function carry({ random }: Services): WriteStep {
  return {
    name: 'carry over',
    run(write) {
      const { request, installed, old, subresource } = write
      if (old === undefined) fillCreated(write.draft, installed.definition, request.now, random)
      else write.draft = carryOver(write.draft, old, installed.definition, subresource)
    },
  }
}

/** The kind's own preparation, then the generation, which counts what came out of it. */
export function prepare(): WriteStep {
  return {
    name: 'prepare',
    run({ request, installed, old, subresource, draft }) {
      const { strategy, definition } = installed
      if (old === undefined) strategy.prepareForCreate?.(draft, request)
      else {
        strategy.prepareForUpdate?.(draft, old, request)
        bumpGeneration(draft, old, definition, subresource)
      }
    },
  }
}
