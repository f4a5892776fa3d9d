import { resolve } from 'node:path'
import { check, report } from './check.ts'

const result = check(resolve(process.argv[2] ?? `${import.meta.dirname}/../..`))
console.log(report(result))
if (result.violations.some(({ level }) => level === 'error')) process.exitCode = 1
