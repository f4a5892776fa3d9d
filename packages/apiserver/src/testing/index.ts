export { eventually } from './eventually.ts'
export { startTestServer, testAdmin, testKeys } from './test-server.ts'
export type { TestKeys, TestServer, TestServerOptions } from './test-server.ts'
