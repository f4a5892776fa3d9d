import { describe, expect, it } from 'vitest'
import { Deployments } from '@kairship/api/builtin'
import { startTestServer } from '@kairship/apiserver/testing'
import { createClient } from '@kairship/client'
import { httpConnection } from '@kairship/client/node'
import { silentLogger, systemClock, systemRandom } from '@kairship/runtime'
import { createSimulation } from './simulation.ts'
import { eventually, template } from './test/cluster.ts'

describe('a simulation over HTTPS', () => {
  it('drives a control plane it shares no process with', async () => {
    const clock = systemClock()
    await using server = await startTestServer()
    await using connection = httpConnection({
      server: server.url,
      clock,
      tls: { ca: server.ca },
      bearerToken: server.token,
    })
    const stop = new AbortController()
    const simulation = createSimulation({
      connection,
      clock,
      random: systemRandom(),
      log: silentLogger(),
      profile: { name: 'remote', podStartMs: 5 },
    })
    const running = simulation.run(stop.signal)
    const deployments = createClient(server.connection).of(Deployments, 'default')
    await deployments.create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      spec: { replicas: 20, selector: { matchLabels: { app: 'web' } }, template: template('web') },
    })
    const done = await eventually(
      () => deployments.get('web'),
      (object) => object.status?.availableReplicas === 20,
    )
    expect(done.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1')
    stop.abort()
    await running
  })
})
