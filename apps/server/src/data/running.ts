import { readIfPresent, writePrivate } from './files.ts'
import type { DataPaths } from './paths.ts'

/** What the server of a data directory says about itself. It stays after the server stopped. */
export interface Running {
  readonly pid: number
  readonly url: string
  readonly ui: string | null
  /** Every address this directory was served at, the latest first. */
  readonly urls: readonly string[]
}

const remembered = 20

export async function readRunning(paths: DataPaths): Promise<Running | undefined> {
  const text = await readIfPresent(paths.running)
  if (text === undefined) return undefined
  try {
    return parseRunning(JSON.parse(text))
  } catch {
    return undefined
  }
}

export async function writeRunning(paths: DataPaths, running: Running): Promise<void> {
  const urls = [running.url, ...running.urls.filter((url) => url !== running.url)].slice(0, remembered)
  await writePrivate(paths.running, `${JSON.stringify({ ...running, urls }, null, 2)}\n`)
}

function parseRunning(value: unknown): Running | undefined {
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('url' in value)) return undefined
  const { pid, url } = value
  if (typeof pid !== 'number' || typeof url !== 'string') return undefined
  const ui = 'ui' in value && typeof value.ui === 'string' ? value.ui : null
  const urls = 'urls' in value && Array.isArray(value.urls) ? value.urls.filter((item) => typeof item === 'string') : []
  return { pid, url, ui, urls }
}
