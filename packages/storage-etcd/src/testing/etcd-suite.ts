import { describe } from 'vitest'
import { etcdBinary } from './etcd-server.ts'

/**
 * A `describe` for tests that need the `etcd` program. Where there is none they are skipped, and the report says why; in
 * CI that is a failure.
 */
export async function describeWithEtcd(
  environment: { readonly [name: string]: string | undefined },
  name: string,
  tests: (binary: string) => void,
): Promise<void> {
  const binary = await etcdBinary(environment['PATH'] ?? '')
  if (binary !== undefined) {
    describe(name, () => tests(binary))
    return
  }
  const missing = `no etcd program was found (Debian has it in the package etcd-server)`
  if (environment['CI'] !== undefined) throw new Error(`${missing}; in CI it has to be there`)
  describe.skip(`${name} (skipped: ${missing})`, () => tests(''))
}
