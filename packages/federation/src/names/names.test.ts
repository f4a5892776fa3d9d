import { describe, expect, it } from 'vitest'
import { bindingName, clusterOfExecutionNamespace, executionNamespace, workName } from './names.ts'

describe('names', () => {
  it('gives a Work the name that upstream gives it', () => {
    expect(workName('Deployment', 'nginx', 'default')).toBe('nginx-687f7fb96f')
  })

  it('ignores the API group, so kinds of the same name collide as upstream (T-04)', () => {
    expect(workName('Deployment', 'a', 'ns')).toBe(workName('Deployment', 'a', 'ns'))
    expect(workName('Deployment', 'a', 'ns')).not.toBe(workName('StatefulSet', 'a', 'ns'))
  })

  it('replaces colons, which RBAC names contain and object names of other kinds may not', () => {
    expect(bindingName('ClusterRole', 'system:Node')).toBe('system.node-clusterrole')
    expect(workName('ClusterRole', 'system:node', undefined)).toMatch(/^system\.node-[b-df-hj-np-tv-xz24-9]+$/)
  })

  it('finds the member of an execution namespace', () => {
    expect(clusterOfExecutionNamespace(executionNamespace('m1'))).toBe('m1')
    expect(clusterOfExecutionNamespace('default')).toBeUndefined()
  })
})
