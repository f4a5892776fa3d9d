import { ConfigMaps } from '@kairship/api/builtin'
import type { UserInfo } from '@kairship/apimachinery'
import { type Client, createClient } from '@kairship/client'
import type { ReconcileContext } from '@kairship/controller'
import { silentLogger, systemClock } from '@kairship/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Desired, Progress } from '../lifecycle/progress.ts'
import type { InstanceProvider } from '../provider.ts'

/** A provider with room of its own, for one test. */
export interface ProviderUnderTest extends AsyncDisposable {
  readonly provider: InstanceProvider
  /** What of the instance still exists anywhere (files, processes, addresses), for people. */
  remains(name: string): Promise<readonly string[]>
  /** Ends the provider as a crash would and starts another one on what is left. */
  restart(): Promise<ProviderUnderTest>
}

const user: UserInfo = { username: 'contract', groups: ['system:masters'] }

/** What every way of running instances promises. */
export function instanceProviderContract(name: string, open: () => Promise<ProviderUnderTest>): void {
  describe(`instance provider: ${name}`, () => {
    let subject: ProviderUnderTest
    beforeEach(async () => {
      subject = await open()
    })
    afterEach(async () => {
      await subject[Symbol.asyncDispose]()
    })

    const reach = async (instance: string, desired: Desired): Promise<Progress> => {
      const stop = new AbortController()
      const context: ReconcileContext = { signal: stop.signal, log: silentLogger() }
      for (;;) {
        const progress = await subject.provider.reconcile({ name: instance, uid: `uid-${instance}`, desired }, context)
        if (progress.phase !== 'working') return progress
        await systemClock().sleep(progress.recheckAfterMs ?? 100)
      }
    }
    const clientOf = (instance: string): Client => {
      const connection = subject.provider.connect(instance, user)
      if (connection === undefined) throw new Error(`${instance} does not serve`)
      return createClient(connection)
    }
    const write = async (instance: string, note: string): Promise<void> => {
      await clientOf(instance)
        .of(ConfigMaps, 'default')
        .create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'note' }, data: { note } })
    }
    const read = async (instance: string): Promise<string | undefined> =>
      (await clientOf(instance).of(ConfigMaps, 'default').find('note'))?.data?.['note']

    it('serves an API with an address and a version once it is ready', async () => {
      const progress = await reach('one', 'running')
      expect(progress.phase).toBe('ready')
      expect(progress.endpoint).toMatch(/^https:\/\//)
      expect(progress.kubernetesVersion).toMatch(/^v\d+\.\d+/)
      await write('one', 'hello')
      expect(await read('one')).toBe('hello')
    })

    it('changes nothing when asked again for what is there', async () => {
      await reach('one', 'running')
      await write('one', 'hello')
      expect((await reach('one', 'running')).phase).toBe('ready')
      expect(await read('one')).toBe('hello')
    })

    it('keeps instances apart', async () => {
      await Promise.all([reach('one', 'running'), reach('two', 'running')])
      await write('one', 'of one')
      expect(await read('two')).toBeUndefined()
      await reach('one', 'absent')
      expect(await read('two')).toBeUndefined()
      expect(subject.provider.connect('one', user)).toBeUndefined()
    })

    it('stops serving while suspended and has lost nothing afterwards', async (test) => {
      if (!subject.provider.supports.suspend) test.skip('the provider cannot suspend')
      await reach('one', 'running')
      await write('one', 'kept')
      expect((await reach('one', 'suspended')).phase).toBe('ready')
      expect(subject.provider.connect('one', user)).toBeUndefined()
      await reach('one', 'running')
      expect(await read('one')).toBe('kept')
    })

    it('finds what it made before a crash', async () => {
      await reach('one', 'running')
      await write('one', 'kept')
      subject = await subject.restart()
      await reach('one', 'running')
      expect(await read('one')).toBe('kept')
    })

    it('leaves nothing of a deleted instance, and a later one of the same name starts empty', async () => {
      await reach('one', 'running')
      await write('one', 'secret')
      expect((await reach('one', 'absent')).phase).toBe('gone')
      expect(await subject.remains('one')).toEqual([])
      await reach('one', 'running')
      expect(await read('one')).toBeUndefined()
    })

    it('removes an instance that another process made', async () => {
      await reach('one', 'running')
      subject = await subject.restart()
      expect((await reach('one', 'absent')).phase).toBe('gone')
      expect(await subject.remains('one')).toEqual([])
    })

    it('reports an instance that never was as gone', async () => {
      expect((await reach('never', 'absent')).phase).toBe('gone')
    })
  })
}
