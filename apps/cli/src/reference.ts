import type { CommandGroup, CommandSpec, OptionSpec } from './command.ts'
import { exitCodes, exitMeanings } from './exit.ts'

/** The reference page (docs/reference/cli.md), from the same data as the parser and its help. */
export function renderReference(commands: readonly CommandSpec[], groups: readonly CommandGroup[]): string {
  const topics = groups.map((group) => `- \`kairship ${group.path.join(' ')}\`: ${group.summary}`)
  const exits = exitMeanings.map(([name, meaning]) => `| ${exitCodes[name]} | ${meaning} |`)
  return `# The command line

Made from the commands' own data; \`vitest run apps/cli\` fails when this page is not up to date and says how to renew it.

${topics.join('\n')}

Every command takes \`--data <dir>\` (the data directory; default: \`$KAIRSHIP_DATA\`, else \`.kairship\` in the working directory) and \`--help\`. It finds the running server through the kubeconfig in that directory. Results go to standard output, progress and errors to standard error. An error says what failed, why, and what to do next.

## Exit codes

| code | meaning |
|---|---|
${exits.join('\n')}

${commands.map(renderCommand).join('\n')}`
}

function renderCommand(spec: CommandSpec): string {
  const words = (spec.arguments ?? []).map((argument) =>
    argument.optional ? `[${argument.name}]` : `<${argument.name}>`,
  )
  const title = `## kairship ${spec.path.join(' ')}`
  const rows = [
    ...(spec.arguments ?? []).map((argument) => `| \`${argument.name}\` | ${cell(argument.summary)} | |`),
    ...(spec.options ?? []).map(optionRow),
  ]
  const table =
    rows.length === 0 ? '' : `\n| argument or option | meaning | default |\n|---|---|---|\n${rows.join('\n')}\n`
  const examples = spec.examples.map((example) => `# ${example.does}\n${example.line}`).join('\n')
  return `${title}

\`kairship ${[...spec.path, ...words].join(' ')}\`: ${spec.details ?? spec.summary}
${table}
\`\`\`sh
${examples}
\`\`\`
`
}

function optionRow(option: OptionSpec): string {
  const meaning = option.required === true ? `${option.summary} (required)` : option.summary
  const byDefault = option.default === undefined ? '' : `\`${option.default}\``
  return `| \`${option.flags}\` | ${cell(meaning)} | ${byDefault} |`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
