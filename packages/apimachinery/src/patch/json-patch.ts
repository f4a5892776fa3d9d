import type { DeepReadonly, JsonObject, JsonValue } from '../json.ts'
import { deepEqual } from '../json/equal.ts'
import { isJsonObject, isPlainObject, own, setOwn } from '../json/plain.ts'
import { PatchError } from './error.ts'

type Value = DeepReadonly<JsonValue>
type Members = { [key: string]: Value | undefined }
type Container = Members | Value[]

/** What kube-apiserver accepts. */
const MAX_OPERATIONS = 10_000
const MAX_COPIED_BYTES = 3 * 1024 * 1024

/**
 * RFC 6902 with the deviations of kube-apiserver: indices may be negative (from the end), `test` of an absent member
 * against null holds, the whole document cannot be addressed. All or nothing; `document` is not touched and shares its
 * unchanged parts with the result.
 */
export function applyJsonPatch(document: Value, patch: Value | undefined): Value {
  if (!Array.isArray(patch)) {
    const type = patch === undefined || patch === null ? 'null' : isPlainObject(patch) ? 'object' : typeof patch
    throw new PatchError(
      'malformed',
      `error decoding patch: json: cannot unmarshal ${type} into Go value of type []handlers.jsonPatchOp`,
    )
  }
  if (patch.length > MAX_OPERATIONS) {
    throw new PatchError(
      'tooLarge',
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    )
  }
  const draft = new Draft(document)
  for (const operation of patch as readonly Value[]) draft.apply(operation)
  return draft.root
}

/** Copies every container once, when it is first written. */
class Draft {
  root: Value
  readonly #ours = new Set<object>()
  #copied = 0

  constructor(document: Value) {
    this.root = document
  }

  apply(operation: Value): void {
    if (!isJsonObject(operation))
      throw new PatchError('malformed', 'error decoding patch: an operation must be an object')
    const op = own(operation, 'op')
    const kind = typeof op === 'string' ? op : 'unknown'
    const path = pointer(operation, 'path')
    switch (kind) {
      case 'add':
        return this.#add(path, value(operation))
      case 'remove':
        return this.#remove(path)
      case 'replace':
        return this.#replace(path, value(operation))
      case 'test': {
        const found = this.#find(path)
        if (!deepEqual(found ?? null, own(operation, 'value') ?? null)) reject(`testing value ${path.text} failed`)
        return
      }
      case 'move': {
        const from = pointer(operation, 'from')
        const moved = this.#existing(from)
        this.#remove(from)
        return this.#add(path, moved)
      }
      case 'copy': {
        const copied = this.#existing(pointer(operation, 'from'))
        this.#copied += JSON.stringify(copied)?.length ?? 0
        if (this.#copied > MAX_COPIED_BYTES) {
          throw new PatchError('tooLarge', `copies of the JSON patch exceed ${MAX_COPIED_BYTES} bytes`)
        }
        // Both places share the value: from now on neither may be written without a copy.
        this.#ours.clear()
        return this.#add(path, copied)
      }
      default:
        return reject(`Unexpected kind: ${kind}`)
    }
  }

  #add(path: Pointer, added: Value): void {
    const container = this.#writable(path)
    if (!Array.isArray(container)) setOwn(container, path.last, added)
    else if (path.last === '-') container.push(added)
    else container.splice(index(path.last, container.length + 1), 0, added)
  }

  #remove(path: Pointer): void {
    const container = this.#writable(path)
    if (Array.isArray(container)) container.splice(index(path.last, container.length), 1)
    else if (Object.hasOwn(container, path.last)) delete container[path.last]
    else reject(`Unable to remove nonexistent key: ${path.last}`)
  }

  #replace(path: Pointer, replacement: Value): void {
    const container = this.#writable(path)
    if (Array.isArray(container)) container[index(path.last, container.length)] = replacement
    else if (Object.hasOwn(container, path.last)) setOwn(container, path.last, replacement)
    else reject(`replace operation does not apply: doc is missing key: ${path.text}`)
  }

  #existing(path: Pointer): Value {
    const found = this.#find(path)
    return found === undefined ? reject(`doc is missing from path: ${path.text}`) : found
  }

  /** The value at a path; undefined when only the last step is missing. */
  #find(path: Pointer): Value | undefined {
    let container: Value | undefined = this.root
    for (const step of path.parents) container = child(container, step, path)
    return child(container, path.last, path)
  }

  /** The container of the last step, copied together with everything above it. */
  #writable(path: Pointer): Container {
    let container = this.#own(this.root, path)
    this.root = container
    for (const step of path.parents) {
      const next = this.#own(child(container, step, path), path)
      if (Array.isArray(container)) container[index(step, container.length)] = next
      else setOwn(container, step, next)
      container = next
    }
    return container
  }

  #own(found: Value | undefined, path: Pointer): Container {
    if (!Array.isArray(found) && !isPlainObject(found)) return reject(`doc is missing path: ${path.text}`)
    if (this.#ours.has(found)) return found as Container
    const copy: Container = Array.isArray(found) ? [...found] : { ...(found as Members) }
    this.#ours.add(copy)
    return copy
  }
}

interface Pointer {
  readonly text: string
  readonly parents: readonly string[]
  readonly last: string
}

function pointer(operation: DeepReadonly<JsonObject>, member: 'path' | 'from'): Pointer {
  const text = own(operation, member)
  if (typeof text !== 'string') return reject(`operation missing ${member} field`)
  if (!text.startsWith('/')) return reject(`doc is missing path: ${JSON.stringify(text)}`)
  const steps = text
    .slice(1)
    .split('/')
    .map((step) => (step.includes('~') ? step.replaceAll('~1', '/').replaceAll('~0', '~') : step))
  return { text, parents: steps.slice(0, -1), last: steps.at(-1) ?? '' }
}

function value(operation: DeepReadonly<JsonObject>): Value {
  return own(operation, 'value') ?? null
}

function child(container: Value | undefined, step: string, path: Pointer): Value | undefined {
  if (Array.isArray(container)) return container[index(step, container.length)]
  if (!isPlainObject(container)) return reject(`doc is missing path: ${path.text}`)
  return own(container as Members, step)
}

function index(step: string, length: number): number {
  if (!/^[+-]?\d{1,15}$/.test(step)) return reject(`value was not a proper array index: '${step}'`)
  const given = Number(step)
  if (given >= length || given < -length) return reject(`Unable to access invalid index: ${step}`)
  return given < 0 ? given + length : given
}

function reject(message: string): never {
  throw new PatchError('rejected', message)
}
