import { createClient } from '@kairship/client'
import { httpConnection } from '@kairship/client/node'
import { unjoinCluster } from '@kairship/instances'
import type { Invocation } from '../command.ts'
import { chosenInstance, openHub, openInstance } from '../connect.ts'
import { progressTo } from '../output/progress.ts'
import { timeoutMs } from '../wait.ts'

export async function run(invocation: Invocation): Promise<void> {
  const { terminal } = invocation
  const [name = ''] = invocation.arguments
  await using hub = await openHub(invocation)
  const instanceName = await chosenInstance(invocation, hub.client)
  await using instance = await openInstance(invocation, instanceName)
  await using sockets = new AsyncDisposableStack()
  const left = await unjoinCluster({
    instance: instance.client,
    name,
    timeoutMs: timeoutMs(invocation),
    clock: terminal.clock,
    signal: terminal.signal,
    onProgress: progressTo(terminal),
    connectMember({ endpoint, token, caBundle, insecure }) {
      if (endpoint === '' || token === '') return undefined
      const connection = httpConnection({
        server: endpoint,
        clock: terminal.clock,
        bearerToken: token,
        userAgent: 'kairship-cli',
        tls: insecure ? { insecure } : caBundle === '' ? {} : { ca: caBundle },
        timeouts: { connectMs: 5000, requestMs: 10_000 },
      })
      sockets.use(connection)
      return createClient(connection)
    },
  })
  terminal.out(`cluster ${JSON.stringify(name)} has left the instance ${JSON.stringify(instanceName)}\n`)
  if (left.remaining.length > 0) {
    terminal.err(`What joining created in the cluster could not be removed: ${left.remaining.join(', ')}\n`)
  }
}
