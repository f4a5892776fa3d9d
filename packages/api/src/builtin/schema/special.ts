import type { Schema } from '../../definition.ts'

const APIEXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1'

/** Words of the data file's type expressions that are plain JSON types. */
export const PRIMITIVES: { readonly [word: string]: Schema } = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  float64: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
}

/** Words that stand for a type with its own JSON form, and the name it is published under. */
export const SPECIAL_NAMES: { readonly [word: string]: string } = {
  time: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
  microtime: 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
  duration: 'io.k8s.apimachinery.pkg.apis.meta.v1.Duration',
  fields: 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1',
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  intorstring: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  raw: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
  json: `${APIEXTENSIONS}.JSON`,
  schemaorarray: `${APIEXTENSIONS}.JSONSchemaPropsOrArray`,
  schemaorbool: `${APIEXTENSIONS}.JSONSchemaPropsOrBool`,
  schemaorstrings: `${APIEXTENSIONS}.JSONSchemaPropsOrStringArray`,
}

/** Their schemas, in OpenAPI v2 form (v3 writes some as `oneOf`). */
export const SPECIAL_SCHEMAS: { readonly [openApiName: string]: Schema } = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { type: 'string', format: 'date-time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': { type: 'string', format: 'date-time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Duration': { type: 'string' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': { type: 'object' },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: 'string' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: 'string', format: 'int-or-string' },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { type: 'object' },
  [`${APIEXTENSIONS}.JSON`]: {},
  [`${APIEXTENSIONS}.JSONSchemaPropsOrArray`]: {},
  [`${APIEXTENSIONS}.JSONSchemaPropsOrBool`]: {},
  [`${APIEXTENSIONS}.JSONSchemaPropsOrStringArray`]: {},
}
