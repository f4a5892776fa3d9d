import { access } from 'node:fs/promises'
import { createPlaneHost } from '@kairship/apiserver'
import { Gateway, UiListener, formatAddress, pagesFrom } from '@kairship/gateway'
import { taskGroup } from '@kairship/runtime'
import { createSqliteEngine } from '@kairship/storage-sqlite'
import { openStore } from './data/open-store.ts'
import { advertisedHost, hostsOf, listenOn } from './addresses.ts'
import { readIfPresent, writePrivate } from './data/files.ts'
import { readRunning, writeRunning } from './data/running.ts'
import { lockDataDirectory } from './data/lock.ts'
import { DataPaths } from './data/paths.ts'
import { seedDemo } from './demo/seed.ts'
import { fallbackPage } from './fallback-page.ts'
import { Fleet } from './fleet/fleet.ts'
import { LateDoors } from './fleet/late-doors.ts'
import { uiUser } from './fleet/ui-access.ts'
import { startHub } from './hub.ts'
import type { Server, ServerOptions } from './options.ts'
import { KeyStore } from './pki/store.ts'

/**
 * The composition root: locks the data directory, listens, opens the hub, and lets its controllers bring back every
 * instance and simulated cluster. Resolves when everything serves. What was started is stopped again when a step fails.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { clock, random, log } = options
  const say = options.onProgress ?? (() => {})
  const paths = new DataPaths(options.dataDir)
  // Disposed in reverse order: the listeners close first, the lock is let go last.
  await using started = new AsyncDisposableStack()
  started.use(await lockDataDirectory(paths, clock))
  const isNew = !(await exists(paths.planeFile('hub', 'hub')))
  say(isNew ? 'creating keys and certificates' : 'opening the data directory')
  const keys = new KeyStore(paths, clock)
  const servingCa = await keys.servingCa()
  const hosts = hostsOf(options.listen)
  const serving = await keys.serving(servingCa, hosts)
  const sqlite = started.use(createSqliteEngine({ threads: 2 }))
  const host = started.use(createPlaneHost({ clock, random, log }))
  const doors = new LateDoors()
  const gateway = new Gateway({ doors, serving, clock, log })
  started.defer(() => gateway.stop())
  const bound = await listenOn(gateway, options.listen, '--listen')
  const url = `https://${formatAddress({ ...bound, host: advertisedHost(bound.host) })}`
  const ui = options.ui === undefined ? undefined : await openUi(options, options.ui, doors)
  started.defer(() => ui?.listener.stop())
  const formerUrls = (await readRunning(paths))?.urls ?? []
  const fleet = new Fleet({
    paths,
    keys,
    host,
    url,
    formerUrls,
    servingCa: servingCa.certificate,
    clock,
    openStore: (file) => openStore(sqlite, file),
  })
  started.use(fleet)
  doors.attach(fleet)
  say('starting the hub')
  const hub = started.use(await startHub({ fleet, clock, random, log }))
  const upkeep = started.use(taskGroup({ name: 'upkeep', log }))
  upkeep.run('certificates', (signal) =>
    fleet.renew(signal, async () => gateway.renew(await keys.serving(servingCa, hosts))),
  )
  // The listeners were opened first but must close first: requests in progress still need the planes.
  started.defer(async () => {
    await Promise.all([gateway.stop(), ui?.listener.stop()])
  })
  await writeRunning(paths, { pid: process.pid, url, ui: ui?.url ?? null, urls: formerUrls })
  await hub.restored
  const seeding = await wantsDemo(paths, isNew && options.demo)
  const seed = taskGroup({ name: 'demo', log })
  started.use(seed)
  const seeded = seeding
    ? seedDemo({
        hub: hub.client,
        informers: hub.informers,
        fleet,
        servingCa: servingCa.certificate,
        examplesDir: options.examplesDir,
        clock,
        signal: seed.signal,
        onProgress: say,
      }).then(() => writePrivate(paths.demo, 'done\n'))
    : Promise.resolve()
  // Whoever does not wait for the demo must not be killed by its failure.
  seeded.catch(() => {})
  const stack = started.move()
  return { url, ui: ui?.url, paths, seeding, seeded, stop: () => stack.disposeAsync() }
}

async function openUi(
  options: ServerOptions,
  address: NonNullable<ServerOptions['ui']>,
  doors: LateDoors,
): Promise<{ readonly listener: UiListener; readonly url: string }> {
  const pages = await pagesFrom(options.pagesDir, fallbackPage)
  const listener = new UiListener({ doors, pages, user: uiUser, clock: options.clock, log: options.log })
  return { listener, url: `http://${formatAddress(await listenOn(listener, address, '--ui'))}` }
}

/** A demo that was begun is completed, also by a start that would not begin one. */
async function wantsDemo(paths: DataPaths, begin: boolean): Promise<boolean> {
  if (begin) await writePrivate(paths.demo, 'begun\n')
  return (await readIfPresent(paths.demo))?.trim() === 'begun'
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
