import { formatAgeOf } from '@kairship/apimachinery'
import type { Column, Printer } from '../../definition.ts'
import type { Event, EventsEvent } from '../generated/types.gen.ts'
import { type Cell, printer, text, wide } from '../../printing/cells.ts'

const COLUMNS: readonly Column[] = [
  text('Last Seen'),
  text('Type'),
  text('Reason'),
  text('Object'),
  wide('Subobject'),
  wide('Source'),
  text('Message'),
  wide('First Seen'),
  wide('Count'),
  { name: 'Name', type: 'string', format: 'name', priority: 1 },
]

interface EventFacts {
  readonly name: string
  readonly first: string | undefined
  readonly last: string | undefined
  readonly eventTime: string | undefined
  readonly series: { readonly count?: number; readonly lastObservedTime?: string } | undefined
  readonly count: number
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly object: { readonly kind?: string; readonly name?: string; readonly fieldPath?: string } | undefined
  readonly component: string
  readonly host: string
}

function eventCells(event: EventFacts, now: number): Cell[] {
  const first = formatAgeOf(event.first ?? event.eventTime, now)
  const last = event.series === undefined ? event.last : event.series.lastObservedTime
  const kind = (event.object?.kind ?? '').toLowerCase()
  return [
    last === undefined && event.series === undefined ? first : formatAgeOf(last, now),
    event.type,
    event.reason,
    event.object?.name ? `${kind}/${event.object.name}` : kind,
    event.object?.fieldPath ?? '',
    event.host === '' ? event.component : `${event.component}, ${event.host}`,
    event.message.trim(),
    first,
    event.series?.count ?? (event.count || 1),
    event.name,
  ]
}

export const eventPrinter: Printer = printer<Event>(COLUMNS, (object, now) =>
  eventCells(
    {
      name: object.metadata.name ?? '',
      first: object.firstTimestamp,
      last: object.lastTimestamp,
      eventTime: object.eventTime,
      series: object.series,
      count: object.count ?? 0,
      type: object.type ?? '',
      reason: object.reason ?? '',
      message: object.message ?? '',
      object: object.involvedObject,
      component: object.source?.component || object.reportingComponent || '',
      host: object.source?.host || object.reportingInstance || '',
    },
    now,
  ),
)

export const eventsEventPrinter: Printer = printer<EventsEvent>(COLUMNS, (object, now) =>
  eventCells(
    {
      name: object.metadata.name ?? '',
      first: object.deprecatedFirstTimestamp,
      last: object.deprecatedLastTimestamp,
      eventTime: object.eventTime,
      series: object.series,
      count: object.deprecatedCount ?? 0,
      type: object.type ?? '',
      reason: object.reason ?? '',
      message: object.note ?? '',
      object: object.regarding,
      component: object.deprecatedSource?.component || object.reportingController || '',
      host: object.deprecatedSource?.host || object.reportingInstance || '',
    },
    now,
  ),
)
