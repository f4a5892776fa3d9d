import type { Clock } from '@kairship/runtime'

export interface ArgumentSpec {
  readonly name: string
  readonly summary: string
  readonly optional?: boolean
}

export interface OptionSpec {
  /** As commander writes them: `-o, --output <format>`. */
  readonly flags: string
  readonly summary: string
  readonly default?: string
  readonly choices?: readonly string[]
  readonly required?: boolean
  /** May be given several times. */
  readonly many?: boolean
}

export interface Example {
  readonly does: string
  readonly line: string
}

/** A command as data: parsing, help and the reference are made from it; its code is loaded only when it runs. */
export interface CommandSpec {
  /** `['cluster', 'join']`. */
  readonly path: readonly string[]
  readonly summary: string
  readonly details?: string
  readonly arguments?: readonly ArgumentSpec[]
  readonly options?: readonly OptionSpec[]
  readonly examples: readonly Example[]
  readonly load: () => Promise<{ run(invocation: Invocation): Promise<void> }>
}

/** A folder of commands. */
export interface CommandGroup {
  readonly path: readonly string[]
  readonly summary: string
}

/** The world as the commands see it; `main.ts` makes the real one. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Colours and live progress are welcome on standard error. */
  readonly interactive: boolean
  readonly clock: Clock
  /** Aborts on SIGINT or SIGTERM. */
  readonly signal: AbortSignal
  readonly workingDirectory: string
  readonly environment: { readonly [name: string]: string | undefined }
}

export interface Invocation {
  readonly arguments: readonly string[]
  readonly options: Options
  readonly terminal: Terminal
}

/** Parsed options with the types they were declared with. */
export class Options {
  readonly #values: { readonly [name: string]: unknown }
  constructor(values: { readonly [name: string]: unknown }) {
    this.#values = values
  }
  text(name: string): string | undefined {
    const value = this.#values[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  /** An option that has a default or is required: the parser guarantees it. */
  given(name: string): string {
    const value = this.text(name)
    if (value === undefined) throw new Error(`option ${name} was not declared as required`)
    return value
  }
  flag(name: string): boolean {
    return this.#values[name] === true
  }
  many(name: string): readonly string[] {
    const value = this.#values[name]
    return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
  }
}
