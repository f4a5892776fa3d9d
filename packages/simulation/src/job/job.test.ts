import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CronJob, Job } from '@kairship/api/builtin'
import { CronJobs, Jobs } from '@kairship/api/builtin'
import { systemClock } from '@kairship/runtime'
import type { TestCluster } from '../test/cluster.ts'
import { eventually, podsWith, testCluster } from '../test/cluster.ts'

let cluster: TestCluster
const system = systemClock()
let offset = 0
/** Real timers, but the calendar can be turned. */
const clock = { ...system, now: () => system.now() + offset }
beforeAll(async () => {
  cluster = await testCluster({}, { clock })
})
afterAll(() => cluster[Symbol.asyncDispose]())
const client = () => cluster.client

describe('a simulated Job', () => {
  const job = (name: string, spec: Partial<Job['spec']> = {}, outcome?: string): Job => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'default' },
    spec: {
      template: {
        metadata: outcome === undefined ? {} : { annotations: { 'simulation.kairship.io/outcome': outcome } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work:1' }] },
      },
      ...spec,
    },
  })
  const jobs = () => client().of(Jobs, 'default')
  const ended = (name: string, type: string) =>
    eventually(
      () => jobs().get(name),
      (object) => object.status?.conditions?.some((item) => item.type === type) ?? false,
    )

  it('runs its pods to the end and says so', async () => {
    await jobs().create(job('sum', { completions: 4, parallelism: 2 }))
    const done = await ended('sum', 'Complete')
    expect(done.status).toMatchObject({ succeeded: 4, ready: 0 })
    expect(done.status?.startTime).toBeDefined()
    expect(done.status?.completionTime).toBeDefined()
    expect(done.status).not.toHaveProperty('active')
    expect(done.status?.conditions?.map(({ type }) => type)).toEqual(['SuccessCriteriaMet', 'Complete'])
    const pods = await podsWith(client(), 'job-name=sum')
    expect(pods.map((pod) => pod.status?.phase)).toEqual(['Succeeded', 'Succeeded', 'Succeeded', 'Succeeded'])
  })

  it('gives each pod of an indexed job its own number', async () => {
    await jobs().create(job('indexed', { completions: 3, parallelism: 3, completionMode: 'Indexed' }))
    expect((await ended('indexed', 'Complete')).status?.completedIndexes).toBe('0-2')
  })

  it('gives up when too many pods failed', async () => {
    await jobs().create(job('bad', { backoffLimit: 1 }, 'fail'))
    const failed = await ended('bad', 'Failed')
    expect(failed.status?.failed).toBe(2)
    expect(failed.status?.conditions?.at(-1)).toMatchObject({ reason: 'BackoffLimitExceeded' })
    expect(failed.status).not.toHaveProperty('completionTime')
  })

  it('is removed when its time to live is over', async () => {
    await jobs().create(job('short', { ttlSecondsAfterFinished: 0 }))
    await eventually(
      () => jobs().find('short'),
      (object) => object === undefined,
    )
    await eventually(
      () => podsWith(client(), 'job-name=short'),
      (pods) => pods.length === 0,
    )
  })

  it('is started by a CronJob when its time has come, once', async () => {
    const cronJobs = client().of(CronJobs, 'default')
    const cron: CronJob = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'tick', namespace: 'default' },
      spec: { schedule: '0 3 * * *', jobTemplate: { spec: job('').spec ?? { template: {} } } },
    }
    const created = await cronJobs.create(cron)
    offset += 24 * 3_600_000
    // The timer of the simulation does not turn with the calendar: a change wakes it.
    await cronJobs.patch('tick', 'merge', { metadata: { annotations: { touched: 'yes' } } })
    const done = await eventually(
      () => cronJobs.get('tick'),
      (object) => object.status?.lastSuccessfulTime !== undefined,
    )
    expect(done.status?.lastScheduleTime).toMatch(/T03:00:00Z$/)
    const { items } = await jobs().list()
    const started = items.filter((item) => item.metadata.ownerReferences?.[0]?.uid === created.metadata.uid)
    expect(started).toHaveLength(1)
    expect(started[0]?.metadata.name).toMatch(/^tick-\d{8}$/)
  })
})
