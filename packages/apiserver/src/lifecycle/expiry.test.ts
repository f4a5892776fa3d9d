import { manualClock } from '@kairship/runtime/testing'
import { expect, it } from 'vitest'
import { eventually, startTestServer } from '../testing/index.ts'

it('forgets events an hour after they happened, and finished jobs after their time', async () => {
  const clock = manualClock(Date.UTC(2026, 0, 1))
  await using server = await startTestServer({ clock })
  const { connection } = server
  const events = { group: '', version: 'v1', resource: 'events', namespace: 'default' } as const
  const involvedObject = { kind: 'Pod', namespace: 'default', name: 'p' }
  await connection.request({ ...events, verb: 'create', body: { metadata: { name: 'old' }, involvedObject } })
  const jobs = { group: 'batch', version: 'v1', resource: 'jobs', namespace: 'default' } as const
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] } }
  const spec = { ttlSecondsAfterFinished: 100, template }
  const created = await connection.request({ ...jobs, verb: 'create', body: { metadata: { name: 'done' }, spec } })
  expect(created.status).toBe(201)
  const conditions = [{ type: 'Complete', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }]
  const status = { conditions, succeeded: 1, startTime: '2026-01-01T00:00:00Z', completionTime: '2026-01-01T00:00:00Z' }
  const patch = { ...jobs, verb: 'patch', patchType: 'merge', name: 'done', subresource: 'status' } as const
  expect((await connection.request({ ...patch, body: { status } })).status).toBe(200)
  await clock.advance(50_000)
  expect((await connection.request({ ...jobs, verb: 'get', name: 'done' })).status).toBe(200)
  await clock.advance(60_000)
  await eventually(async () => {
    expect((await connection.request({ ...jobs, verb: 'get', name: 'done' })).status).toBe(404)
  })
  await clock.advance(30 * 60_000)
  expect((await connection.request({ ...events, verb: 'get', name: 'old' })).status).toBe(200)
  await clock.advance(31 * 60_000)
  await eventually(async () => {
    expect((await connection.request({ ...events, verb: 'get', name: 'old' })).status).toBe(404)
  })
})
