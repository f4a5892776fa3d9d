import type { DeepReadonly, KubeObject } from '@kairship/apimachinery'
import type { ReconcileContext, Reconciler, Step, StepResult } from './contracts.ts'

export interface StepwiseOptions<K, T extends KubeObject, Draft> {
  /** The object as it is now, usually from an informer's cache; `undefined` ends the reconciliation. */
  readonly read: (key: K) => DeepReadonly<T> | undefined | Promise<DeepReadonly<T> | undefined>
  /** What the steps work on; `edit` of @kairship/client when the draft is the object itself. */
  readonly draft: (object: DeepReadonly<T>) => Draft
  readonly steps: readonly Step<Draft>[]
  /** Writes the difference, see `committer`. Called once, after the last step that ran. */
  readonly commit: (before: DeepReadonly<T>, draft: Draft) => Promise<void>
}

/**
 * A reconciler made of steps that edit a draft and one commit that writes it. A step that answers `stop` or with a time
 * ends the sequence. When a step throws, what the earlier ones found out is still committed, then the error goes on.
 */
export function stepwise<K, T extends KubeObject, Draft>(options: StepwiseOptions<K, T, Draft>): Reconciler<K> {
  const { read, draft: makeDraft, steps, commit } = options
  return {
    async reconcile(key, context) {
      const object = await read(key)
      if (object === undefined) return
      const draft = makeDraft(object)
      const { result, failure } = await runSteps(steps, draft, context)
      try {
        await commit(object, draft)
      } catch (error) {
        if (failure === undefined) throw error
        throw new AggregateError([failure.error, error], 'a step failed, and so did writing what was known before')
      }
      if (failure !== undefined) throw failure.error
      return typeof result === 'object' ? result : undefined
    },
  }
}

async function runSteps<Draft>(
  steps: readonly Step<Draft>[],
  draft: Draft,
  context: ReconcileContext,
): Promise<{ readonly result: StepResult; readonly failure?: { readonly error: unknown } }> {
  for (const step of steps) {
    if (context.signal.aborted) throw context.signal.reason
    try {
      const result = await step.run(draft, context)
      if (result !== 'continue') return { result }
    } catch (error) {
      if (context.signal.aborted) throw error
      return { result: 'stop', failure: { error } }
    }
  }
  return { result: 'continue' }
}
