import { isFields, listAt, stringAt } from '../fields.ts'
import type { Fields, Json } from '../fields.ts'
import type { Obj } from '../interpretations.ts'
import { reported } from './status.ts'
import type { StatusItem } from './status.ts'

export function hasAddress(object: Obj): boolean {
  return listAt(object, 'status', 'loadBalancer', 'ingress').some(
    (entry) => (stringAt(entry, 'ip') ?? '') !== '' || (stringAt(entry, 'hostname') ?? '') !== '',
  )
}

/** All members' addresses: one entry per `key` with the ports united, sorted by hostname and address. */
export function mergeLoadBalancers(items: readonly StatusItem[], key: readonly string[]): Fields {
  const merged = new Map<string, Fields>()
  for (const status of reported(items)) {
    for (const entry of listAt(status, 'loadBalancer', 'ingress')) {
      if (!isFields(entry)) continue
      const identity = key.map((field) => stringAt(entry, field) ?? '').join('/')
      const ports = unitePorts(listAt(merged.get(identity), 'ports'), listAt(entry, 'ports'))
      merged.set(identity, ports.length === 0 ? entry : { ...entry, ports })
    }
  }
  if (merged.size === 0) return {}
  const ingress = [...merged].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, entry]) => entry)
  return { ingress }
}

function unitePorts(left: readonly Json[], right: readonly Json[]): Json[] {
  const byIdentity = new Map([...left, ...right].map((port) => [portIdentity(port), port]))
  return [...byIdentity].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, port]) => port)
}

function portIdentity(port: Json): string {
  if (!isFields(port)) return ''
  const number = typeof port['port'] === 'number' ? port['port'] : 0
  return `${String(number).padStart(5, '0')}/${stringAt(port, 'protocol') ?? ''}/${stringAt(port, 'error') ?? ''}`
}
