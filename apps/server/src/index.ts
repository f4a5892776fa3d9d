export { DataPaths, type PlaneKind } from './data/paths.ts'
export { ServerError, type ServerErrorCode } from './errors.ts'
export type { Server, ServerOptions } from './options.ts'
export { startServer } from './start.ts'
