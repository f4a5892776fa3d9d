import type { Outcome, Request } from '../request.ts'

/** One link of the request chain. */
export interface Stage {
  readonly name: string
  handle(request: Request, next: () => Promise<Outcome>): Promise<Outcome>
}

export type Handler = (request: Request) => Promise<Outcome>

export function chain(stages: readonly Stage[]): Handler {
  return stages.reduceRight<Handler>(
    (next, stage) => (request) => stage.handle(request, () => next(request)),
    () => Promise.reject(new Error('the last stage must answer')),
  )
}
