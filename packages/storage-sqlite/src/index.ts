export {
  createSqliteEngine,
  type SqliteEngine,
  type SqliteEngineOptions,
  type SqliteStoreOptions,
} from './sqlite-engine.ts'
export type { TestingOptions } from './protocol.ts'
export { StoreOpenError, type OpenFailure } from './open-error.ts'
