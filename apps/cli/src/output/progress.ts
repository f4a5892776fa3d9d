import type { Terminal } from '../command.ts'

/** One line per step on standard error, so that pipes stay clean. */
export function progressTo(terminal: Terminal): (step: string) => void {
  const started = terminal.clock.now()
  return (step) => {
    const seconds = ((terminal.clock.now() - started) / 1000).toFixed(1)
    terminal.err(`${seconds.padStart(5)} s  ${step}\n`)
  }
}
