import type { DeepReadonly, GroupVersionKind, JsonObject, LabelSelector, Unstructured } from '@kairship/apimachinery'
import type { AggregatedStatusItem, Component, ReplicaRequirements, TargetCluster } from '@kairship/api/karmada'

export type Obj = DeepReadonly<Unstructured>

/** An object that another one needs, by name or by labels. */
export type DependentObjectReference = {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name?: string
  readonly labelSelector?: LabelSelector
}

/** What one kind means, as eight questions. Every layer and every caller is typed from this table. */
export interface Interpretations {
  getReplicas: {
    in: { readonly object: Obj }
    out: { readonly replicas: number; readonly requirements?: ReplicaRequirements }
  }
  getComponents: { in: { readonly object: Obj }; out: readonly Component[] }
  reviseReplica: { in: { readonly object: Obj; readonly replicas: number }; out: Obj }
  /** `desired` with what the member itself decided (`observed`) kept. */
  retain: { in: { readonly desired: Obj; readonly observed: Obj }; out: Obj }
  /** The template with its status computed from the members'; the very same object when nothing changed. */
  aggregateStatus: {
    in: {
      readonly object: Obj
      readonly items: readonly DeepReadonly<AggregatedStatusItem>[]
      /** Where it is placed now, with each member's share; without it nothing is said about members that have not answered. */
      readonly targets?: readonly DeepReadonly<TargetCluster>[]
      /** Milliseconds since the epoch, for conditions that carry a time. */
      readonly now: number
    }
    out: Obj
  }
  getDependencies: { in: { readonly object: Obj }; out: readonly DependentObjectReference[] }
  /** `undefined` means that there is nothing to report yet. */
  reflectStatus: { in: { readonly object: Obj }; out: DeepReadonly<JsonObject> | undefined }
  interpretHealth: { in: { readonly object: Obj }; out: boolean }
}
export type InterpreterOperation = keyof Interpretations

/** Native rules answer at once; scripts and webhooks may take time. Callers `await` either. */
export type MaybePromise<T> = T | Promise<T>

/** One source of interpretations: user scripts, webhooks, rules of known third-party kinds, native rules. */
export interface InterpreterLayer {
  readonly name: 'declarative' | 'webhook' | 'thirdparty' | 'native'
  supports(kind: GroupVersionKind, operation: InterpreterOperation): boolean
  /** Only called when `supports` said yes. Throws when the object cannot be interpreted. */
  run<Op extends InterpreterOperation>(
    kind: GroupVersionKind,
    operation: Op,
    input: Interpretations[Op]['in'],
    signal: AbortSignal,
  ): MaybePromise<Interpretations[Op]['out']>
}

export interface Interpreter {
  /** True when some layer answers this question for this kind. */
  supports(kind: GroupVersionKind, operation: InterpreterOperation): boolean
  /** The first layer that supports the pair answers; `undefined` when none does. */
  interpret<Op extends InterpreterOperation>(
    kind: GroupVersionKind,
    operation: Op,
    input: Interpretations[Op]['in'],
    signal: AbortSignal,
  ): MaybePromise<Interpretations[Op]['out'] | undefined>
}

/** Layers in order of precedence: the first one that supports (kind, operation) answers, without fall-through. */
export function layered(layers: readonly InterpreterLayer[]): Interpreter {
  const find = (kind: GroupVersionKind, operation: InterpreterOperation): InterpreterLayer | undefined =>
    layers.find((layer) => layer.supports(kind, operation))
  return {
    supports: (kind, operation) => find(kind, operation) !== undefined,
    interpret: (kind, operation, input, signal) => find(kind, operation)?.run(kind, operation, input, signal),
  }
}
