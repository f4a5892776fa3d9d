import type { Printer } from '../../definition.ts'
import type { ConfigMap, Lease, Namespace, ResourceQuota, Secret, ServiceAccount } from '../generated/types.gen.ts'
import { AGE, age, NAME, nameOf, printer, text } from '../../printing/cells.ts'

export const configMapPrinter: Printer = printer<ConfigMap>([NAME, text('Data'), AGE], (object, now) => [
  nameOf(object),
  count(object.data) + count(object.binaryData),
  age(object, now),
])

export const secretPrinter: Printer = printer<Secret>([NAME, text('Type'), text('Data'), AGE], (object, now) => [
  nameOf(object),
  object.type ?? '',
  count(object.data),
  age(object, now),
])

function count(map: { readonly [key: string]: unknown } | undefined): number {
  return map === undefined ? 0 : Object.keys(map).length
}

export const serviceAccountPrinter: Printer = printer<ServiceAccount>([NAME, AGE], (object, now) => [
  nameOf(object),
  age(object, now),
])

export const namespacePrinter: Printer = printer<Namespace>([NAME, text('Status'), AGE], (object, now) => [
  nameOf(object),
  object.status?.phase ?? '',
  age(object, now),
])

export const leasePrinter: Printer = printer<Lease>([NAME, text('Holder'), AGE], (object, now) => [
  nameOf(object),
  object.spec?.holderIdentity ?? '',
  age(object, now),
])

export const resourceQuotaPrinter: Printer = printer<ResourceQuota>(
  [NAME, text('Request'), text('Limit'), AGE],
  (object, now) => {
    const requests: string[] = []
    const limits: string[] = []
    for (const name of Object.keys(object.status?.hard ?? {}).sort()) {
      const line = `${name}: ${object.status?.used?.[name] ?? '0'}/${object.status?.hard?.[name] ?? '0'}`
      const column = name.startsWith('limits.') ? limits : requests
      column.push(line)
    }
    return [nameOf(object), requests.join(', '), limits.join(', '), age(object, now)]
  },
)
