import { fail } from './model.ts'

/** One struct field as it stands in the source. `name` is empty for embedded types. */
export interface GoField {
  readonly name: string
  readonly type: string
  readonly tags: ReadonlyMap<string, string>
  readonly markers: readonly string[]
}

export type GoType =
  | { readonly kind: 'struct'; readonly fields: readonly GoField[]; readonly markers: readonly string[] }
  | { readonly kind: 'named'; readonly underlying: string; readonly markers: readonly string[] }

export interface GoFile {
  /** Local name → import path. */
  readonly imports: ReadonlyMap<string, string>
  readonly types: ReadonlyMap<string, GoType>
  readonly constants: readonly GoConstant[]
}

/** A typed string constant, in source order: either its value, or the constant it stands for (`v1.IPv4Protocol`). */
export interface GoConstant {
  readonly name: string
  readonly type: string
  readonly value?: string
  readonly alias?: string
}

/**
 * Reads the declarations of a gofmt-formatted file that API types are made of: imports, structs, named types and typed
 * string constants. Everything else is skipped.
 */
export function parseGo(text: string): GoFile {
  const imports = new Map<string, string>()
  const types = new Map<string, GoType>()
  const constants: GoConstant[] = []
  const lines = text.replaceAll(/^\s*\/\*[\s\S]*?\*\//gm, '').split('\n')
  let markers: string[] = []
  let inImports = false
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? ''
    const imported = /^(?:import )?\s*(?:(\w+) )?"([^"]+)"$/.exec(line.trim())
    if (line.startsWith('import (')) inImports = true
    else if (inImports && line.startsWith(')')) inImports = false
    if ((inImports || line.startsWith('import ')) && imported?.[2] !== undefined) {
      imports.set(imported[1] ?? lastSegment(imported[2]), imported[2])
      continue
    }
    const marker = /^\s*\/\/ ?(\+.*)$/.exec(line)
    if (marker?.[1] !== undefined) {
      markers.push(marker[1].trim())
      continue
    }
    if (/^\s*\/\//.test(line)) continue
    const struct = /^type (\w+) struct ?\{(\})?$/.exec(line)
    if (struct?.[1] !== undefined) {
      const fields: GoField[] = []
      if (struct[2] === undefined) index = parseFields(lines, index + 1, fields)
      types.set(struct[1], { kind: 'struct', fields, markers })
      markers = []
      continue
    }
    const named = /^type (\w+) (?:= )?([^{(]+)$/.exec(line)
    if (named?.[1] !== undefined && named[2] !== undefined) {
      types.set(named[1], { kind: 'named', underlying: named[2].replace(/\s*\/\/.*$/, '').trim(), markers })
    }
    const constant = parseConstant(line)
    if (constant !== undefined) constants.push(constant)
    // A blank line separates a file-level marker block from the declaration that follows, except right above a type.
    if (line.trim() !== '' || !lines[index + 1]?.trim().startsWith('//')) markers = []
  }
  return { imports, types, constants }
}

/** `Name Type = "x"`, `Name = Type("x")`, `Name = Type(pkg.Other)`. */
function parseConstant(line: string): GoConstant | undefined {
  const match =
    /^(?:const )?\s*(\w+)\s+(\w+)\s*=\s*("(?:[^"\\]|\\.)*")/.exec(line) ??
    /^(?:const )?\s*(\w+)\s*=\s*(\w+)\(("[^"]*"|[\w.]+)\)/.exec(line)
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined) return undefined
  const [, name, type, text] = match
  return text.startsWith('"') ? { name, type, value: String(JSON.parse(text)) } : { name, type, alias: text }
}

function parseFields(lines: readonly string[], start: number, into: GoField[]): number {
  let markers: string[] = []
  for (let index = start; index < lines.length; index++) {
    const line = (lines[index] ?? '').trim()
    if (line === '}') return index
    const marker = /^\/\/ ?(\+.*)$/.exec(line)
    if (marker?.[1] !== undefined) {
      markers.push(marker[1].trim())
      continue
    }
    if (line === '' || line.startsWith('//')) continue
    const field = /^(?:(\w+)\s+)?([*[\]\w.{}]+)(?:\s+`([^`]*)`)?(?:\s*\/\/.*)?$/.exec(line)
    if (field?.[2] === undefined) fail(`cannot read struct field: ${line}`)
    into.push({ name: field[1] ?? '', type: field[2], tags: parseTags(field[3] ?? ''), markers })
    markers = []
  }
  return fail('struct without an end')
}

function parseTags(text: string): ReadonlyMap<string, string> {
  const tags = new Map<string, string>()
  for (const match of text.matchAll(/(\w+):"([^"]*)"/g)) tags.set(match[1] ?? '', match[2] ?? '')
  return tags
}

function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
