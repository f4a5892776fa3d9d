import type { Invocation } from '../command.ts'
import { openHub } from '../connect.ts'
import { dataDirectory } from '../data-directory.ts'
import { print } from '../output/print.ts'
import { readOverview, renderOverview } from '../overview.ts'

export async function run(invocation: Invocation): Promise<void> {
  const { options, terminal } = invocation
  await using hub = await openHub(invocation)
  const readyz = await hub.client.connection.raw('/readyz', { signal: terminal.signal })
  const state = new TextDecoder().decode(readyz.body).trim()
  const overview = await readOverview(invocation, hub.client)
  const ready = readyz.status === 200
  if (options.text('output') === 'table') {
    terminal.out(`Server: ${ready ? 'ready' : `not ready\n${state}`} (data in ${dataDirectory(invocation)})\n\n`)
    return terminal.out(renderOverview(overview))
  }
  print(invocation, { ready, ...overview }, () => ({ headers: [], rows: [], empty: '' }))
}
