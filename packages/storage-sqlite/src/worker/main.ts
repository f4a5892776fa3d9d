import { parentPort } from 'node:worker_threads'
import { StoreOpenError } from '../open-error.ts'
import type { ReplyMessage, Request, RequestMessage } from '../protocol.ts'
import { Database, type Packed } from './database.ts'

/** The worker's program: answers requests one after another, so a read sees every commit that was asked for before it. */
const databases = new Map<number, Database>()

parentPort?.on('message', ({ id, request }: RequestMessage) => {
  try {
    const { answer, transfer } = handle(request)
    reply({ id, answer }, transfer)
  } catch (error) {
    if (error instanceof StoreOpenError) reply({ id, refusal: { failure: error.failure, detail: error.detail } }, [])
    else reply({ id, error: error instanceof Error ? error.message : String(error) }, [])
  }
})

function reply(message: ReplyMessage, transfer: ArrayBuffer[]): void {
  parentPort?.postMessage(message, transfer)
}

function handle(request: Request): Packed<Extract<ReplyMessage, { readonly answer: unknown }>['answer']> {
  if (request.type === 'open') {
    const opened = new Database(request.path, request.maxBytes, request.testing)
    databases.set(request.database, opened)
    return opened.index()
  }
  const database = databases.get(request.database)
  if (database === undefined) throw new Error('the database is not open')
  switch (request.type) {
    case 'commit':
      return database.commit(request)
    case 'read':
      return database.read(request.range, request.limit, request.keysOnly)
    case 'count':
      return database.count(request.range)
    case 'close':
      databases.delete(request.database)
      database.close()
      return { answer: undefined, transfer: [] }
  }
}
