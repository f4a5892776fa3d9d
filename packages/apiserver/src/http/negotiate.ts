import { failure } from '@kairship/apimachinery'

type Format = 'json' | 'yaml'

/** How the answer is to be written. */
export interface Negotiated {
  readonly format: Format
  readonly as: 'object' | 'table' | 'partial' | 'discovery'
  /** Version of the `as` kind: `v1`, `v1beta1`, `v2`, `v2beta1`. */
  readonly version: string
}

interface Clause {
  readonly type: string
  readonly params: ReadonlyMap<string, string>
  readonly quality: number
}

const tableVersions = new Set(['v1', 'v1beta1'])
const discoveryVersions = new Set(['v2', 'v2beta1'])

/** Which kinds of transformation the path offers. */
export type Offer = 'objects' | 'discovery' | 'plain'

/** The first clause, by quality and then position, that can be served; 406 when there is none. */
export function negotiate(accept: string | undefined, offer: Offer): Negotiated {
  if (accept === undefined || accept.trim() === '') return { format: 'json', as: 'object', version: '' }
  for (const clause of clauses(accept)) {
    const format = formatOf(clause.type)
    if (format === undefined) continue
    const transform = transformOf(clause.params, offer)
    if (transform !== undefined) return { format, ...transform }
  }
  throw failure(406, 'NotAcceptable', 'only the following media types are accepted: application/json, application/yaml')
}

/** Exact media types that a clause asks for, without looking at parameters: for OpenAPI's protobuf. */
export function accepts(accept: string | undefined, type: string): boolean {
  return accept !== undefined && clauses(accept).some((clause) => clause.type === type)
}

function clauses(accept: string): readonly Clause[] {
  const parsed = accept.split(',').map((text): Clause => {
    const [type = '', ...rest] = text.split(';').map((part) => part.trim())
    const params = new Map<string, string>()
    for (const part of rest) {
      const [key = '', value = ''] = part.split('=')
      params.set(key.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, '$1'))
    }
    const quality = Number(params.get('q') ?? 1)
    params.delete('q')
    return { type: type.toLowerCase(), params, quality: Number.isFinite(quality) ? quality : 1 }
  })
  return parsed.filter(({ type, quality }) => type !== '' && quality > 0).toSorted((a, b) => b.quality - a.quality)
}

function formatOf(type: string): Format | undefined {
  if (type === 'application/json' || type === '*/*' || type === 'application/*') return 'json'
  return type === 'application/yaml' ? 'yaml' : undefined
}

function transformOf(
  params: ReadonlyMap<string, string>,
  offer: Offer,
): { as: Negotiated['as']; version: string } | undefined {
  const as = params.get('as')
  if (as === undefined) return { as: 'object', version: '' }
  const group = params.get('g') ?? ''
  const version = params.get('v') ?? ''
  for (const key of params.keys()) if (!['as', 'g', 'v', 'stream', 'charset', 'pretty'].includes(key)) return undefined
  if (offer === 'discovery') {
    const fits = as === 'APIGroupDiscoveryList' && group === 'apidiscovery.k8s.io' && discoveryVersions.has(version)
    return fits ? { as: 'discovery', version } : undefined
  }
  if (offer !== 'objects' || group !== 'meta.k8s.io' || !tableVersions.has(version)) return undefined
  if (as === 'Table') return { as: 'table', version }
  return as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList' ? { as: 'partial', version } : undefined
}
