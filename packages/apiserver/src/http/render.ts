import { formatApiVersion, type JsonObject } from '@kairship/apimachinery'
import { formatYaml } from '@kairship/apimachinery/yaml'
import { withoutType } from '../cache/codec.ts'
import { listBody, listMetadata } from '../doors/in-process.ts'
import type { List, Outcome } from '../request.ts'
import type { InstalledResource } from '../strategy.ts'
import type { Negotiated } from './negotiate.ts'
import { partialList, partialObject } from './partial.ts'
import { type TableOptions, toTable } from './table.ts'

export interface RenderOptions extends TableOptions {
  readonly negotiated: Negotiated
  readonly pretty: boolean
  /** Items of lists of custom resources carry their kind, those of built-in lists do not. */
  readonly isCustom: (installed: InstalledResource) => boolean
}

export interface Rendered {
  readonly status: number
  readonly contentType: string
  readonly chunks: readonly Buffer[]
}

/** Everything but a watch as bytes. Plain JSON is put together from the cache's own buffers. */
export function render(outcome: Exclude<Outcome, { type: 'watch' }>, options: RenderOptions): Rendered {
  const { negotiated, pretty } = options
  const status = 'status' in outcome ? outcome.status : 200
  if (negotiated.as === 'object' && negotiated.format === 'json' && !pretty) {
    return { status, contentType: 'application/json', chunks: plain(outcome, options) }
  }
  const body = transform(outcome, options)
  if (negotiated.format === 'yaml') {
    return { status, contentType: 'application/yaml', chunks: [Buffer.from(formatYaml(body))] }
  }
  const text = pretty ? `${JSON.stringify(body, undefined, 2)}\n` : `${JSON.stringify(body)}\n`
  return { status, contentType: 'application/json', chunks: [Buffer.from(text)] }
}

function plain(outcome: Exclude<Outcome, { type: 'watch' }>, options: RenderOptions): readonly Buffer[] {
  switch (outcome.type) {
    case 'object':
      return [outcome.view.bytes, newline]
    case 'value':
      return [Buffer.from(JSON.stringify(outcome.body)), newline]
    case 'list':
      return plainList(outcome.list, options.isCustom(outcome.list.installed))
  }
}

const newline = Buffer.from('\n')
const comma = Buffer.from(',')
const tail = Buffer.from(']}\n')

function plainList(list: List, custom: boolean): readonly Buffer[] {
  const { group, version, listKind } = list.installed.definition
  const metadata = custom ? { continue: '', ...listMetadata(list) } : listMetadata(list)
  const head = { kind: listKind, apiVersion: formatApiVersion(group, version), metadata }
  const chunks: Buffer[] = [Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[`)]
  for (const view of list.views) {
    if (chunks.length > 1) chunks.push(comma)
    if (custom) chunks.push(view.bytes)
    else chunks.push(...withoutType(view.bytes))
  }
  chunks.push(tail)
  return chunks
}

function transform(outcome: Exclude<Outcome, { type: 'watch' }>, options: RenderOptions): JsonObject {
  const { as, version } = options.negotiated
  if (outcome.type === 'value') return outcome.body as JsonObject
  if (outcome.type === 'object') {
    const { view, installed } = outcome
    if (as === 'table') return toTable(installed.definition, [view], {}, options)
    return as === 'partial' ? partialObject(view, version) : (view.body as JsonObject)
  }
  const { views, installed } = outcome.list
  if (as === 'table') return toTable(installed.definition, views, listMetadata(outcome.list), options)
  if (as === 'partial') return partialList(views, listMetadata(outcome.list), version)
  return listBody(outcome.list) as JsonObject
}
