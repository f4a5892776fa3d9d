import type { Clock } from '@kairship/runtime'
import type { Socket } from 'node:net'
import type { AnyResponse } from './door.ts'

interface Exchange {
  readonly response: AnyResponse
  readonly endless: boolean
}

/**
 * Knows every request in progress and every connection of a listener, so that stopping can end watches, let the others
 * finish, and cut what remains after a bounded time.
 */
export class Drain {
  readonly #exchanges = new Set<Exchange>()
  readonly #sockets = new Set<Socket>()
  #draining = false
  #idle: (() => void) | undefined

  get draining(): boolean {
    return this.#draining
  }
  get active(): number {
    return this.#exchanges.size
  }

  connected(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  /** Runs one exchange; `endless` marks watches and followed logs. */
  async track(response: AnyResponse, endless: boolean, work: () => Promise<void>): Promise<void> {
    const exchange = { response, endless }
    this.#exchanges.add(exchange)
    // An ended watch may race with one more event written by the plane; that write error is of no interest.
    response.on('error', () => undefined)
    try {
      await work()
    } finally {
      this.#exchanges.delete(exchange)
      if (this.#exchanges.size === 0) this.#idle?.()
    }
  }

  /** Ends watches cleanly, waits for the rest at most `graceMs`, then destroys the connections. */
  async stop(clock: Clock, graceMs: number): Promise<void> {
    this.#draining = true
    for (const { response, endless } of this.#exchanges) if (endless) response.end()
    if (this.#exchanges.size > 0) {
      const idle = Promise.withResolvers<void>()
      this.#idle = () => idle.resolve()
      using _limit = clock.setTimeout(() => idle.resolve(), graceMs)
      await idle.promise
    }
    for (const socket of this.#sockets) socket.destroy()
  }
}
