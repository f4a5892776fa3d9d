import { compileShape, type Shape } from '@kairship/apimachinery'
import type { ResourceDefinition, SchemaSource } from '@kairship/api'

/** Merge facts of kinds, compiled on first use and shared by the planes of a host. */
export class Shapes {
  readonly #compiled = new WeakMap<SchemaSource, Shape>()

  of({ schema }: ResourceDefinition): Shape {
    let shape = this.#compiled.get(schema)
    if (shape === undefined) this.#compiled.set(schema, (shape = compileShape(schema)))
    return shape
  }
}
