import type { Connection } from '@kairship/apimachinery'

/** The same connection, saying who asks: the name by which managed fields and audit know an in-process caller. */
export function withUserAgent(connection: Connection, userAgent: string): Connection {
  return {
    request: (operation, signal) => connection.request({ userAgent, ...operation }, signal),
    watch: (operation, signal) => connection.watch({ userAgent, ...operation }, signal),
    raw: (path, options) => connection.raw(path, options),
  }
}
