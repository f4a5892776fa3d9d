export { httpConnection, type HttpConnection } from './node/http-connection.ts'
export type { HttpConnectionOptions, TlsOptions, TokenSource } from './node/options.ts'
