import { describe, expect, it } from 'vitest'
import { hourAgo, row } from './testing/row.ts'

function status(name: string, state: object, more: object = {}): object {
  return { name, image: 'i', imageID: '', ready: false, restartCount: 0, state, ...more }
}
const running = { running: { startedAt: hourAgo } }
const spec = { containers: [{ name: 'a' }, { name: 'b' }] }

describe('Pod', () => {
  it.each<[string, object, object]>([
    ['a new pod', { spec, status: { phase: 'Pending' } }, { Ready: '0/2', Status: 'Pending', Restarts: '0' }],
    [
      'a running pod',
      {
        spec: { ...spec, nodeName: 'n1' },
        status: {
          phase: 'Running',
          podIPs: [{ ip: '10.0.0.1' }],
          containerStatuses: [status('a', running, { ready: true }), status('b', running, { ready: true })],
        },
      },
      { Ready: '2/2', Status: 'Running', IP: '10.0.0.1', Node: 'n1', 'Nominated Node': '<none>' },
    ],
    [
      'a crashing container',
      {
        spec,
        status: {
          phase: 'Running',
          containerStatuses: [
            status('a', running, { ready: true }),
            status(
              'b',
              { waiting: { reason: 'CrashLoopBackOff' } },
              { restartCount: 4, lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T11:57:30Z' } } },
            ),
          ],
        },
      },
      { Ready: '1/2', Status: 'CrashLoopBackOff', Restarts: '4 (2m30s ago)' },
    ],
    [
      'a finished pod',
      {
        spec: { containers: [{ name: 'a' }] },
        status: {
          phase: 'Succeeded',
          containerStatuses: [status('a', { terminated: { exitCode: 0, reason: 'Completed' } })],
        },
      },
      { Ready: '0/1', Status: 'Completed' },
    ],
    [
      'a container killed by a signal',
      {
        spec: { containers: [{ name: 'a' }] },
        status: { phase: 'Failed', containerStatuses: [status('a', { terminated: { exitCode: 137, signal: 9 } })] },
      },
      { Status: 'Signal:9' },
    ],
    [
      'a container that ended without a reason',
      {
        spec: { containers: [{ name: 'a' }] },
        status: { phase: 'Failed', containerStatuses: [status('a', { terminated: { exitCode: 2 } })] },
      },
      { Status: 'ExitCode:2' },
    ],
    [
      'one container done and one running',
      {
        spec,
        status: {
          phase: 'Running',
          conditions: [{ type: 'Ready', status: 'False' }],
          containerStatuses: [
            status('a', { terminated: { exitCode: 0, reason: 'Completed' } }),
            status('b', running, { ready: true }),
          ],
        },
      },
      { Ready: '1/2', Status: 'NotReady' },
    ],
    [
      'the second of three init containers',
      {
        spec: { ...spec, initContainers: [{ name: 'i' }, { name: 'j' }, { name: 'k' }] },
        status: {
          phase: 'Pending',
          initContainerStatuses: [status('i', { terminated: { exitCode: 0 } }), status('j', running)],
        },
      },
      { Ready: '0/2', Status: 'Init:1/3' },
    ],
    [
      'a failing init container',
      {
        spec: { ...spec, initContainers: [{ name: 'i' }] },
        status: {
          phase: 'Pending',
          initContainerStatuses: [status('i', { waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 2 })],
        },
      },
      { Status: 'Init:CrashLoopBackOff', Restarts: '2' },
    ],
    [
      'a sidecar beside a container',
      {
        spec: { containers: [{ name: 'a' }], initContainers: [{ name: 's', restartPolicy: 'Always' }] },
        status: {
          phase: 'Running',
          initContainerStatuses: [status('s', running, { ready: true, started: true, restartCount: 1 })],
          containerStatuses: [status('a', running, { ready: true, restartCount: 2 })],
        },
      },
      { Ready: '2/2', Status: 'Running', Restarts: '3' },
    ],
    [
      'a pod being deleted',
      {
        metadata: { name: 'x', creationTimestamp: hourAgo, deletionTimestamp: hourAgo },
        spec,
        status: { phase: 'Running' },
      },
      { Status: 'Terminating' },
    ],
    [
      'a pod lost with its node',
      {
        metadata: { name: 'x', creationTimestamp: hourAgo, deletionTimestamp: hourAgo },
        spec,
        status: { phase: 'Running', reason: 'NodeLost' },
      },
      { Status: 'Unknown' },
    ],
    [
      'a gated pod',
      {
        spec: { ...spec, readinessGates: [{ conditionType: 'g' }, { conditionType: 'h' }] },
        status: {
          phase: 'Pending',
          conditions: [
            { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' },
            { type: 'g', status: 'True' },
          ],
        },
      },
      { Status: 'SchedulingGated', 'Readiness Gates': '1/2' },
    ],
  ])('%s', (_, pod, expected) => {
    expect(row('pods', pod)).toMatchObject(expected)
  })
})
