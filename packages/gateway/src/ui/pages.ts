import { readFile, readdir } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'

export interface Page {
  readonly type: string
  readonly body: Buffer
  /** Content-addressed names may be cached for ever. */
  readonly immutable: boolean
}

const types: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

/** The built web pages. Only files that existed when the listing was made can be served, so no path can escape. */
export class Pages {
  readonly #files: ReadonlyMap<string, string>
  readonly #index: string | undefined
  readonly #fallback: Page

  constructor(files: ReadonlyMap<string, string>, fallback: Page) {
    this.#files = files
    this.#index = files.get('/index.html')
    this.#fallback = fallback
  }

  /** The file of this path; for a path without an extension the application itself, which routes in the browser. */
  async find(path: string): Promise<Page | undefined> {
    const file = this.#files.get(path)
    if (file !== undefined) return read(file)
    if (extname(path) !== '') return undefined
    return this.#index === undefined ? this.#fallback : read(this.#index)
  }
}

/** `directory` may be missing: then every path answers `fallback`. */
export async function pagesFrom(directory: string | undefined, fallback: string): Promise<Pages> {
  const files = new Map<string, string>()
  if (directory !== undefined) {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      if (!entry.isFile()) continue
      const file = join(entry.parentPath, entry.name)
      files.set(`/${relative(directory, file).split(sep).join('/')}`, file)
    }
  }
  return new Pages(files, { type: 'text/html; charset=utf-8', body: Buffer.from(fallback), immutable: false })
}

async function read(file: string): Promise<Page | undefined> {
  const body = await readFile(file).catch(() => undefined)
  if (body === undefined) return undefined
  const type = types[extname(file)] ?? 'application/octet-stream'
  return { type, body, immutable: /[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/.test(file) && !file.endsWith('.html') }
}
