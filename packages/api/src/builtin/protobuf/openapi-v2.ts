import type { DeepReadonly, JsonValue } from '@kairship/apimachinery'
import { ProtobufWriter } from './writer.ts'

// gnostic's OpenAPIv2 messages, as far as a Kubernetes document uses them. kubectl up to 1.28 reads nothing else.

type Json = DeepReadonly<JsonValue> | undefined
type JsonMap = { readonly [key: string]: Json }

/** A Swagger 2.0 document (plain JSON) as gnostic's `openapi.v2.Document`. */
export function encodeOpenApiV2(document: DeepReadonly<JsonValue>): Uint8Array {
  const writer = new ProtobufWriter()
  const encoder = new Encoder(writer)
  encoder.document(map(document))
  return writer.finish()
}

class Encoder {
  readonly #out: ProtobufWriter
  constructor(out: ProtobufWriter) {
    this.#out = out
  }

  document(value: JsonMap): void {
    this.#out.string(1, text(value['swagger']))
    this.#out.message(2, () => {
      const info = map(value['info'])
      this.#out.string(1, text(info['title']))
      this.#out.string(2, text(info['version']))
      this.#out.string(3, text(info['description']))
    })
    if (value['paths'] !== undefined) this.#out.message(8, () => this.#paths(map(value['paths'])))
    if (value['definitions'] !== undefined) {
      this.#out.message(9, () => this.#named(1, map(value['definitions']), (schema) => this.#schema(map(schema))))
    }
    this.#extensions(16, value)
  }

  #paths(paths: JsonMap): void {
    this.#named(2, paths, (path) => this.#path(map(path)))
  }

  #path(path: JsonMap): void {
    for (const [method, field] of METHODS) {
      if (path[method] !== undefined) this.#out.message(field, () => this.#operation(map(path[method])))
    }
    for (const parameter of list(path['parameters'])) this.#out.message(9, () => this.#parameter(map(parameter)))
    this.#extensions(10, path)
  }

  #operation(operation: JsonMap): void {
    for (const tag of list(operation['tags'])) this.#out.element(1, text(tag) ?? '')
    this.#out.string(3, text(operation['description']))
    this.#out.string(5, text(operation['operationId']))
    for (const type of list(operation['produces'])) this.#out.element(6, text(type) ?? '')
    for (const type of list(operation['consumes'])) this.#out.element(7, text(type) ?? '')
    for (const parameter of list(operation['parameters'])) this.#out.message(8, () => this.#parameter(map(parameter)))
    this.#out.message(9, () =>
      this.#named(1, map(operation['responses']), (response) =>
        this.#out.message(1, () => this.#response(map(response))),
      ),
    )
    this.#extensions(13, operation)
  }

  #response(response: JsonMap): void {
    this.#out.string(1, text(response['description']))
    const schema = response['schema']
    if (schema === undefined) return
    this.#out.message(2, () => this.#out.message(1, () => this.#schema(map(schema))))
  }

  #parameter(parameter: JsonMap): void {
    if (parameter['$ref'] !== undefined) {
      this.#out.message(2, () => this.#out.string(1, text(parameter['$ref'])))
      return
    }
    const where = text(parameter['in'])
    this.#out.message(1, () => {
      if (where === 'body') this.#out.message(1, () => this.#bodyParameter(parameter))
      else {
        const kind = where === 'header' ? 1 : where === 'path' ? 4 : 3
        this.#out.message(2, () => this.#out.message(kind, () => this.#plainParameter(parameter, kind)))
      }
    })
  }

  #bodyParameter(parameter: JsonMap): void {
    this.#out.string(1, text(parameter['description']))
    this.#out.string(2, text(parameter['name']))
    this.#out.string(3, 'body')
    this.#out.bool(4, parameter['required'] === true)
    this.#out.message(5, () => this.#schema(map(parameter['schema'])))
  }

  #plainParameter(parameter: JsonMap, kind: number): void {
    // Query parameters have one more field in the middle, which moves type and format.
    const type = kind === 3 ? 6 : 5
    this.#out.bool(1, parameter['required'] === true)
    this.#out.string(2, text(parameter['in']))
    this.#out.string(3, text(parameter['description']))
    this.#out.string(4, text(parameter['name']))
    this.#out.string(type, text(parameter['type']))
    this.#out.string(type + 1, text(parameter['format']))
  }

  #schema(schema: JsonMap): void {
    const out = this.#out
    out.string(1, text(schema['$ref']))
    out.string(2, text(schema['format']))
    out.string(3, text(schema['title']))
    out.string(4, text(schema['description']))
    this.#any(5, schema['default'])
    this.#limits(schema)
    for (const name of list(schema['required'])) out.element(19, text(name) ?? '')
    for (const value of list(schema['enum'])) this.#any(20, value)
    this.#additional(schema['additionalProperties'])
    if (schema['type'] !== undefined) {
      out.message(22, () => {
        for (const type of many(schema['type'])) out.element(1, text(type) ?? '')
      })
    }
    if (schema['items'] !== undefined) {
      out.message(23, () => {
        for (const item of many(schema['items'])) out.message(1, () => this.#schema(map(item)))
      })
    }
    for (const part of list(schema['allOf'])) out.message(24, () => this.#schema(map(part)))
    if (schema['properties'] !== undefined) {
      out.message(25, () => this.#named(1, map(schema['properties']), (property) => this.#schema(map(property))))
    }
    out.bool(27, schema['readOnly'] === true)
    this.#any(30, schema['example'])
    this.#extensions(31, schema)
  }

  #limits(schema: JsonMap): void {
    const out = this.#out
    out.double(6, number(schema['multipleOf']))
    out.double(7, number(schema['maximum']))
    out.bool(8, schema['exclusiveMaximum'] === true)
    out.double(9, number(schema['minimum']))
    out.bool(10, schema['exclusiveMinimum'] === true)
    out.integer(11, number(schema['maxLength']))
    out.integer(12, number(schema['minLength']))
    out.string(13, text(schema['pattern']))
    out.integer(14, number(schema['maxItems']))
    out.integer(15, number(schema['minItems']))
    out.bool(16, schema['uniqueItems'] === true)
    out.integer(17, number(schema['maxProperties']))
    out.integer(18, number(schema['minProperties']))
  }

  #additional(value: Json): void {
    if (value === undefined) return
    this.#out.message(21, () => {
      if (typeof value === 'boolean') this.#out.bool(2, value)
      else this.#out.message(1, () => this.#schema(map(value)))
    })
  }

  /** gnostic keeps maps as lists of (name, value). */
  #named(field: number, entries: JsonMap, write: (value: Json) => void): void {
    for (const [name, value] of Object.entries(entries)) {
      if (value === undefined) continue
      this.#out.message(field, () => {
        this.#out.string(1, name)
        this.#out.message(2, () => write(value))
      })
    }
  }

  /** Values of any type travel as YAML text; JSON is YAML. */
  #any(field: number, value: Json): void {
    if (value !== undefined) this.#out.message(field, () => this.#out.string(2, JSON.stringify(value)))
  }

  #extensions(field: number, value: JsonMap): void {
    for (const [name, extension] of Object.entries(value)) {
      if (!name.startsWith('x-') || extension === undefined) continue
      this.#out.message(field, () => {
        this.#out.string(1, name)
        this.#any(2, extension)
      })
    }
  }
}

const METHODS: readonly (readonly [method: string, field: number])[] = [
  ['get', 2],
  ['put', 3],
  ['post', 4],
  ['delete', 5],
  ['options', 6],
  ['head', 7],
  ['patch', 8],
]

function isMap(value: Json): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
function map(value: Json): JsonMap {
  return isMap(value) ? value : {}
}
function list(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : []
}
function many(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [value]
}
function text(value: Json): string | undefined {
  return typeof value === 'string' ? value : undefined
}
function number(value: Json): number | undefined {
  return typeof value === 'number' ? value : undefined
}
