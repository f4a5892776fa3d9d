import type { Condition } from '@kairship/apimachinery'

/** What should become of something the platform runs. */
export type Desired = 'running' | 'suspended' | 'absent'

/** A condition as found just now; transition time and generation are added when it is recorded. */
export type Finding = Pick<Condition, 'type' | 'status'> & { readonly reason: string; readonly message: string }

/** Where reality stands after one step. */
export interface Progress {
  /**
   * `ready`: as desired. `working`: on the way, look again after `recheckAfterMs`. `blocked`: cannot go on before
   * something changes. `gone`: nothing is left (only when `absent` is desired).
   */
  readonly phase: 'ready' | 'working' | 'blocked' | 'gone'
  /** One per step; a step that was not reached is left out. */
  readonly findings: readonly Finding[]
  readonly endpoint?: string
  readonly kubernetesVersion?: string
  readonly recheckAfterMs?: number
}
