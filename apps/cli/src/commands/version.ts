import { readFile } from 'node:fs/promises'
import { serverVersion } from '@kairship/client'
import type { Invocation } from '../command.ts'
import { openHub } from '../connect.ts'
import { print } from '../output/print.ts'

export async function run(invocation: Invocation): Promise<void> {
  const program = await programVersion()
  const server = await runningVersion(invocation)
  const value = { program, node: process.version, ...(server === undefined ? {} : { server }) }
  print(invocation, value, () => ({
    headers: ['what', 'version'],
    rows: [
      ['kairship', program],
      ['node', process.version],
      ['server (Kubernetes API)', server ?? 'not running here'],
    ],
    empty: '',
  }))
}

async function programVersion(): Promise<string> {
  const parsed: unknown = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  const version = typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : undefined
  return typeof version === 'string' ? version : 'unknown'
}

/** The version is worth knowing without a server, so not reaching one is no failure. */
async function runningVersion(invocation: Invocation): Promise<string | undefined> {
  try {
    await using hub = await openHub(invocation)
    return (await serverVersion(hub.client.connection, { signal: invocation.terminal.signal })).gitVersion
  } catch {
    return undefined
  }
}
