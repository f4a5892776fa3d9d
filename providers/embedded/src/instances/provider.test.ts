import { type ProviderUnderTest, instanceProviderContract } from '@kairship/instances/testing'
import { silentLogger, systemClock, systemRandom, taskGroup } from '@kairship/runtime'
import type { Store } from '@kairship/storage'
import { MemoryHosting } from '../test/hosting.ts'
import { EmbeddedInstances } from './provider.ts'

async function open(stores: Map<string, Store> = new Map()): Promise<ProviderUnderTest> {
  const hosting = new MemoryHosting(stores)
  const tasks = taskGroup({ name: 'test', log: silentLogger() })
  const provider = new EmbeddedInstances({
    hosting,
    tasks,
    clock: systemClock(),
    random: systemRandom(),
    log: silentLogger(),
  })
  const stop = async (): Promise<void> => {
    await tasks[Symbol.asyncDispose]()
    await hosting[Symbol.asyncDispose]()
  }
  return {
    provider,
    remains: async (name) => [...stores.keys()].filter((key) => key.endsWith(`/${name}`)),
    async restart() {
      await stop()
      return open(stores)
    },
    [Symbol.asyncDispose]: stop,
  }
}

instanceProviderContract('embedded', () => open())
