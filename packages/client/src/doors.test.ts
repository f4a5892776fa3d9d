import { startTestServer } from '@kairship/apiserver/testing'
import { systemClock } from '@kairship/runtime'
import { httpConnection } from './node/http-connection.ts'
import { connectionContract } from './testing/connection-contract.ts'

connectionContract('in process', async () => {
  const server = await startTestServer()
  return { connection: server.connection, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
})

connectionContract('over HTTPS', async () => {
  const server = await startTestServer()
  const connection = httpConnection({
    server: server.url,
    clock: systemClock(),
    tls: { ca: server.ca },
    bearerToken: server.token,
  })
  return {
    connection,
    async [Symbol.asyncDispose]() {
      await connection[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
})
