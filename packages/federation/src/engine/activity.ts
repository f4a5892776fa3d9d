import { Lull } from '@kairship/controller'
import type { LullOptions } from '@kairship/controller'

/**
 * What the engine is busy with. Reports about status give way to bringing content to members, so that a burst of creations
 * is not held up by news about itself and costs a few status writes per object.
 */
export class Activity implements Disposable {
  /** Quiet while nothing is brought to members: then Works report. */
  readonly content: Lull
  /** Quiet when Works have reported as well: then bindings and templates do. */
  readonly reports: Lull

  constructor(options: LullOptions) {
    this.content = new Lull(options)
    this.reports = new Lull(options)
  }

  /** A binding, a Work or a member's object is written. */
  wrote(): void {
    this.content.note()
    this.reports.note()
  }

  /** A Work has reported. */
  reported(): void {
    this.reports.note()
  }

  [Symbol.dispose](): void {
    this.content[Symbol.dispose]()
    this.reports[Symbol.dispose]()
  }
}
