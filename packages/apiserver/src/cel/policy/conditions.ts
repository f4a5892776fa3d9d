import type { PlaneRegistry } from '../../strategy.ts'
import type { Attributes } from '../../webhooks/attributes.ts'
import { CelError, CostExceeded } from '../error.ts'
import { Meter } from '../program/meter.ts'
import type { Program } from '../program/program.ts'
import type { Bindings } from './environment.ts'

const perCallLimit = 1_000_000
/** All conditions of one webhook or policy together. */
const totalLimit = 2_500_000

/** True when all hold. Throws when one cannot be evaluated and none is false. */
export function allHold(
  conditions: readonly { readonly name: string; readonly program: Program }[],
  bindings: Bindings,
): boolean {
  let failed: Error | undefined
  let left = totalLimit
  for (const { program, name } of conditions) {
    const meter = new Meter(Math.min(perCallLimit, left))
    try {
      if (program.run(bindings, meter) !== true) return false
    } catch (error) {
      if (!(error instanceof CelError) && !(error instanceof CostExceeded)) throw error
      failed ??= new CelError(
        `match condition '${name}' evaluation error: expression '${program.source}' resulted in error: ${error.message}`,
      )
    }
    left -= meter.cost
  }
  if (failed !== undefined) throw failed
  return true
}

/** The namespace a request is in; `undefined` for what belongs to the cluster. */
export function namespaceOf({ namespace, installed }: Attributes, registry: Pick<PlaneRegistry, 'get'>): unknown {
  if (namespace === '' || !installed.definition.namespaced) return undefined
  return registry.get('', 'namespaces', '', namespace)
}
