import type { RawAnswer } from './raw-paths.ts'

export interface HealthCheck {
  readonly name: string
  /** What is wrong; '' when nothing is. */
  readonly problem: string
}

/** `/readyz`, `/livez`, `/healthz`, with `?verbose`, `?exclude=` and `/readyz/<check>`. */
export function health(
  [endpoint = '', one, ...more]: readonly string[],
  params: URLSearchParams,
  checks: readonly HealthCheck[],
): RawAnswer | undefined {
  if (more.length > 0) return undefined
  const excluded = new Set(params.getAll('exclude'))
  const asked =
    one === undefined ? checks.filter(({ name }) => !excluded.has(name)) : checks.filter(({ name }) => name === one)
  if (one !== undefined && asked.length === 0) return undefined
  const failed = asked.some(({ problem }) => problem !== '')
  if (!failed && !params.has('verbose')) return plain(200, 'ok')
  const lines = asked.map(({ name, problem }) =>
    problem === '' ? `[+]${name} ok` : `[-]${name} failed: reason withheld`,
  )
  const skipped = one === undefined ? checks.filter(({ name }) => excluded.has(name)) : []
  lines.push(...skipped.map(({ name }) => `[+]${name} excluded: ok`))
  return plain(failed ? 500 : 200, `${lines.join('\n')}\n${endpoint} check ${failed ? 'failed' : 'passed'}\n`)
}

function plain(status: number, text: string): RawAnswer {
  const headers = { 'x-content-type-options': 'nosniff' }
  return { status, contentType: 'text/plain; charset=utf-8', body: Buffer.from(text), headers }
}
