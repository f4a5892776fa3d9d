// All benchmarks, one after another: `npm run bench`. What each measures and recent results: bench/README.md.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { join } from 'node:path'

const benches = [
  { title: 'Stores', file: 'storage.ts' },
  { title: 'One plane, in process, in memory', file: 'plane.ts' },
  { title: 'The API over HTTPS', file: 'api.ts' },
  { title: 'Propagation, start-up and memory', file: 'propagation.ts' },
]

// What else runs on the machine is in every figure.
const [load = 0] = loadavg()
if (load > 1.5) console.log(`The machine is busy (load ${load.toFixed(1)}): figures will be worse than they are.\n`)
for (const { title, file } of benches) {
  console.log(`## ${title} (bench/${file})\n`)
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, file)], {
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) process.exit(1)
  console.log()
}
