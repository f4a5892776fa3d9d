import { builtinKinds, NEWEST_VERSION, servedIn } from '@kairship/api/builtin'
import { protobufDecoder } from '@kairship/api/protobuf'
import type { ResourceDefinition } from '@kairship/api'
import { BuiltinStrategies } from './builtin/index.ts'
import { CompiledCrds } from './crd/index.ts'
import { EmbeddedPlane, type Shared } from './embedded-plane.ts'
import { OpenApiDocuments } from './openapi/documents.ts'
import { Outbound } from './outbound/outbound.ts'
import type { Plane, PlaneHost, PlaneHostOptions, PlaneOptions } from './plane.ts'
import { Shapes } from './registry/shapes.ts'

/** Makes a host for planes. What is the same in every plane is made once here, on first use. */
export function createPlaneHost(options: PlaneHostOptions): PlaneHost {
  const planes = new Set<EmbeddedPlane>()
  const kinds = builtinKinds()
  const shared: Shared = {
    ...options,
    strategies: new BuiltinStrategies(kinds.facts),
    crds: new CompiledCrds(),
    shapes: new Shapes(),
    outboundCalls: new Outbound(options.clock, options.outbound),
    protobuf: protobufDecoder(kinds),
    openApi: new OpenApiDocuments({
      schema: (name) => (kinds.schemas.has(name) ? kinds.schemas.resolve(name) : undefined),
      kindSchema: (group, version, kind) => kinds.schemaName(group, version, kind),
    }),
  }
  // The same values for every plane of a version: compiled and published forms are kept by identity.
  const profiles = new Map<string, readonly ResourceDefinition[]>()
  const served = (version: string): readonly ResourceDefinition[] => {
    let definitions = profiles.get(version)
    if (definitions === undefined) profiles.set(version, (definitions = servedIn(version).select(kinds.definitions)))
    return definitions
  }
  return {
    async open(plane: PlaneOptions): Promise<Plane> {
      const { version = NEWEST_VERSION } = plane
      const opened = await EmbeddedPlane.open(shared, plane, served(version), version)
      planes.add(opened)
      opened.onClosed(() => planes.delete(opened))
      return opened
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...planes].map((plane) => plane[Symbol.asyncDispose]()))
      shared.outboundCalls[Symbol.dispose]()
    },
  }
}
