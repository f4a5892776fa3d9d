import { expect, it } from 'vitest'
import { commands, groups } from './commands/index.ts'
import { renderReference } from './reference.ts'

it('the reference page is up to date (renew it with `vitest run apps/cli --update`)', async () => {
  await expect(renderReference(commands, groups)).toMatchFileSnapshot('../../../docs/reference/cli.md')
})

it('every command has an example that names it', () => {
  for (const command of commands) {
    expect(command.examples.length, command.path.join(' ')).toBeGreaterThan(0)
    for (const example of command.examples) expect(example.line).toContain(`kairship ${command.path.join(' ')}`)
  }
})

it('every command of a group has its group', () => {
  const known = new Set(groups.map((group) => group.path.join(' ')))
  for (const { path } of commands) if (path.length > 1) expect(known).toContain(path.slice(0, -1).join(' '))
})
