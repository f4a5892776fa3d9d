import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createPlaneHost } from '@kairship/apiserver'
import { type TestKeys, testAdmin } from '@kairship/apiserver/testing'
import { systemClock, systemRandom, textLogger } from '@kairship/runtime'
import { createSqliteEngine } from '@kairship/storage-sqlite'

/**
 * The program to be killed: one plane on a store file behind plain HTTP, everybody an administrator. Arguments: store
 * file, port, file with keys, and how many changes are remembered.
 */
const [path = '', port = '0', keysFile = '', changes = '20000'] = process.argv.slice(2)
const keys: TestKeys = JSON.parse(readFileSync(keysFile, 'utf8'))
const log = textLogger({ write: (line: string) => void process.stderr.write(line), level: 'warn' })
const engine = createSqliteEngine()
const store = await engine.open(path)
const host = createPlaneHost({ clock: systemClock(), random: systemRandom(), log })
const plane = await host.open({
  name: 'test',
  store,
  clientCa: keys.ca,
  serviceAccountKey: keys.serviceAccountKey,
  url: `http://127.0.0.1:${port}`,
  servingCa: keys.serving.certificate,
  history: { changes: Number(changes) },
})
const server = createServer((request, response) => {
  void plane.handle(request, response, { prefix: '', credentials: { user: testAdmin } })
})
server.keepAliveTimeout = 60_000
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
process.once('SIGTERM', () => {
  server.close()
  void (async () => {
    await host[Symbol.asyncDispose]()
    server.closeAllConnections()
    await engine[Symbol.asyncDispose]()
    process.exit(0)
  })()
})
