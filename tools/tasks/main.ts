// The repository's own tasks: `./kairship run test|check|all`. Each step prints what it does and how long it took.
import { runSteps, type StepDescription } from './steps.ts'

const bin = (name: string): string => `node_modules/.bin/${name}`
const node = process.execPath

const checkSteps: readonly StepDescription[] = [
  { name: 'format', command: [bin('biome'), 'format', '.'] },
  { name: 'architecture', command: [node, 'tools/check-architecture/main.ts'] },
  { name: 'lint', command: [bin('oxlint'), '--type-aware', '--quiet'] },
  { name: 'types', command: [bin('tsc'), '-p', 'tsconfig.json'] },
  { name: 'types (web)', command: [bin('tsc'), '-p', 'apps/web/tsconfig.json'], onlyIf: 'apps/web/tsconfig.json' },
]
const vitest = (...projects: string[]): StepDescription => ({
  name: `tests: ${projects.join(', ')}`,
  command: [node, 'node_modules/vitest/vitest.mjs', 'run', ...projects.flatMap((project) => ['--project', project])],
})

const tasks: Readonly<Record<string, readonly StepDescription[]>> = {
  check: checkSteps,
  test: [vitest('unit', 'integration')],
  long: [vitest('long')],
  all: [...checkSteps, vitest('unit', 'integration'), vitest('long')],
}

const [task = '', ...extra] = process.argv.slice(2)
const steps = tasks[task]
if (steps === undefined) {
  process.stderr.write(`usage: ./kairship run <${Object.keys(tasks).join('|')}> [arguments for vitest]\n`)
  process.exit(2)
}
process.exit(
  await runSteps(
    steps.map((step) => (step.name.startsWith('tests') ? { ...step, command: [...step.command, ...extra] } : step)),
  ),
)
