import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { type CommandGroup, type CommandSpec, type OptionSpec, Options, type Terminal } from './command.ts'
import { exitCodes, exitMeanings } from './exit.ts'

/** Builds the parser from the commands' data. Nothing of a command's code is loaded before it runs. */
export function buildProgram(
  commands: readonly CommandSpec[],
  groups: readonly CommandGroup[],
  terminal: Terminal,
): Command {
  const program = new Command('kairship')
    .description('Open multi-cloud platform for Kubernetes: control planes, member clusters, and what runs where.')
    .helpCommand('help [command]', 'show help for a command')
    .showHelpAfterError('(add --help for usage and examples)')
    .showSuggestionAfterError()
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
    .exitOverride()
    .addHelpText('after', programNotes())
  const parents = new Map<string, Command>([['', program]])
  for (const group of groups) {
    const parent = parents.get(group.path.slice(0, -1).join(' ')) ?? program
    const command = parent.command(group.path.at(-1) ?? '').description(group.summary)
    command.copyInheritedSettings(program)
    parents.set(group.path.join(' '), command)
  }
  for (const spec of commands) {
    const parent = parents.get(spec.path.slice(0, -1).join(' ')) ?? program
    addCommand(parent, spec, terminal)
  }
  return program
}

function addCommand(parent: Command, spec: CommandSpec, terminal: Terminal): void {
  const command = parent.command(spec.path.at(-1) ?? '').description(spec.details ?? spec.summary)
  command.summary(spec.summary)
  for (const argument of spec.arguments ?? []) {
    command.argument(argument.optional === true ? `[${argument.name}]` : `<${argument.name}>`, argument.summary)
  }
  for (const option of [...(spec.options ?? []), dataOption]) command.addOption(optionOf(option))
  command.addHelpText('after', examplesText(spec))
  command.action(async (...values: unknown[]) => {
    const loaded = await spec.load()
    await loaded.run({
      arguments: command.args,
      options: new Options(command.opts()),
      terminal,
    })
    void values
  })
}

const dataOption: OptionSpec = {
  flags: '--data <dir>',
  summary: 'the data directory (default: $KAIRSHIP_DATA, else .kairship in the working directory)',
}

function optionOf(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.summary)
  if (spec.default !== undefined) option.default(spec.default)
  if (spec.required === true) option.makeOptionMandatory()
  if (spec.choices !== undefined) option.choices([...spec.choices])
  if (spec.many === true) {
    option.default([], 'none').argParser((value: string, before: unknown) => {
      if (value === '') throw new InvalidArgumentError('it must not be empty.')
      return Array.isArray(before) ? [...before, value] : [value]
    })
  }
  return option
}

function examplesText(spec: CommandSpec): string {
  return `\nExamples:\n${spec.examples.map((example) => `  # ${example.does}\n  ${example.line}\n`).join('\n')}`
}

function programNotes(): string {
  const codes = exitMeanings.map(([name, meaning]) => `  ${exitCodes[name]}  ${meaning}`).join('\n')
  return `
Examples:
  # start everything, with a small demo, and open http://127.0.0.1:8080
  kairship up

  # what runs where
  kairship status

Exit codes:
${codes}
`
}

/** Help and version are not failures; everything else the parser refuses is wrong usage. */
export function parserExit(error: unknown): number | undefined {
  if (!(error instanceof CommanderError)) return undefined
  return error.exitCode === 0 || error.code === 'commander.helpDisplayed' || error.code === 'commander.version'
    ? exitCodes.ok
    : exitCodes.usage
}
