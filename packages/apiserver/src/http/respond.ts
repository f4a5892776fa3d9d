import type { OutgoingHttpHeaders } from 'node:http'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { ApiError } from '@kairship/apimachinery'
import type { Rendered } from './render.ts'
import type { Answer } from './message.ts'

const compress = promisify(gzip)
const gzipAboveBytes = 128 * 1024
const gzipLevel = constants.Z_BEST_SPEED

/** Sends a whole body, compressed when it is large and the client takes it. */
export async function send(
  answer: Answer,
  { status, contentType, chunks }: Rendered,
  headers: OutgoingHttpHeaders,
  acceptEncoding: string | undefined,
): Promise<void> {
  let size = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  let bodies = chunks
  const all: OutgoingHttpHeaders = { ...headers, 'content-type': contentType }
  if (size > gzipAboveBytes && acceptEncoding !== undefined && /\bgzip\b/.test(acceptEncoding)) {
    const packed = await compress(Buffer.concat(chunks, size), { level: gzipLevel })
    bodies = [packed]
    size = packed.length
    all['content-encoding'] = 'gzip'
    all['vary'] = 'Accept-Encoding'
  }
  if (answer.destroyed === true || answer.headersSent) return
  all['content-length'] = size
  writeHead(answer, status, all)
  if (bodies.length > 8) {
    answer.end(Buffer.concat(bodies, size))
    return
  }
  for (const chunk of bodies.slice(0, -1)) answer.write(chunk)
  const last = bodies.at(-1)
  if (last === undefined) answer.end()
  else answer.end(last)
}

export function writeHead(answer: Answer, status: number, headers: OutgoingHttpHeaders): void {
  answer.statusCode = status
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) answer.setHeader(name, value)
}

export function renderError(error: ApiError, pretty: boolean): Rendered {
  const text = pretty ? JSON.stringify(error.status, undefined, 2) : JSON.stringify(error.status)
  return { status: error.code, contentType: 'application/json', chunks: [Buffer.from(`${text}\n`)] }
}

export function notFoundPage(): Rendered {
  return { status: 404, contentType: 'text/plain; charset=utf-8', chunks: [Buffer.from('404 page not found\n')] }
}

const maxWarningBytes = 4096

/** `Warning: 299 - "text"`, with quotes and line ends made harmless; as many as clients can be expected to take. */
export function warningHeaders(warnings: readonly string[]): string[] {
  let size = 0
  return [...new Set(warnings)].flatMap((text) => {
    const clean = text.replaceAll(/\p{Cc}/gu, ' ').replaceAll(/["\\]/g, '\\$&')
    size += clean.length
    return size > maxWarningBytes ? [] : [`299 - "${encodeLatin(clean)}"`]
  })
}

/** Headers are Latin-1: anything beyond goes as UTF-8 bytes. */
function encodeLatin(text: string): string {
  return /[^\x20-\x7e]/.test(text) ? Buffer.from(text).toString('latin1') : text
}
