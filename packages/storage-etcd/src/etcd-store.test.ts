import { storeContract } from '@kairship/storage/testing'
import { afterAll, beforeAll } from 'vitest'
import { createEtcdEngine, type EtcdEngine } from './etcd-engine.ts'
import { describeWithEtcd, startEtcd, type EtcdServer } from './testing/index.ts'

// The contract writes values larger than etcd takes by default.
const flags = { 'max-request-bytes': String(8 * 2 ** 20) }

await describeWithEtcd(process.env, 'a store on etcd', (binary) => {
  let server: EtcdServer
  let engine: EtcdEngine
  let planes = 0
  beforeAll(async () => {
    server = await startEtcd(binary, { flags })
    engine = createEtcdEngine({ endpoints: [server.endpoint] })
  })
  afterAll(async () => {
    await engine[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  storeContract('etcd', () => engine.open(`/planes/${planes++}`))
})
