import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

export interface StepDescription {
  readonly name: string
  /** Program and arguments, run in the repository's root. */
  readonly command: readonly [string, ...string[]] | readonly string[]
  /** Skipped, and said so, when this file does not exist. */
  readonly onlyIf?: string
}

/** Runs steps one after the other and goes on after a failure, so that one run shows everything. Returns the exit code. */
export async function runSteps(steps: readonly StepDescription[]): Promise<number> {
  const failed: string[] = []
  for (const step of steps) {
    if (step.onlyIf !== undefined && !existsSync(step.onlyIf)) {
      process.stdout.write(`- ${step.name}: not here, skipped\n`)
      continue
    }
    const started = performance.now()
    const code = await run(step.command)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    process.stdout.write(`${code === 0 ? '✔' : '✘'} ${step.name} (${seconds} s)\n`)
    if (code !== 0) failed.push(step.name)
  }
  if (failed.length > 0) process.stdout.write(`failed: ${failed.join(', ')}\n`)
  return failed.length === 0 ? 0 : 1
}

function run(command: readonly string[]): Promise<number> {
  const [program = '', ...parameters] = command
  return new Promise((resolve) => {
    const child = spawn(program, parameters, { stdio: 'inherit' })
    const forward = (signal: NodeJS.Signals): void => {
      child.kill(signal)
    }
    process.on('SIGINT', forward)
    process.on('SIGTERM', forward)
    child.on('error', (error) => {
      process.stderr.write(`cannot run ${program}: ${error.message}\n`)
      resolve(1)
    })
    child.on('exit', (code) => {
      process.off('SIGINT', forward)
      process.off('SIGTERM', forward)
      resolve(code ?? 1)
    })
  })
}
