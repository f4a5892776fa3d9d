import { networkInterfaces, hostname } from 'node:os'
import { type Address, ListenError, formatAddress } from '@kairship/gateway'
import { ServerError } from './errors.ts'

const everyInterface = new Set(['0.0.0.0', '::'])

/** Names and addresses the serving certificate must be good for. */
export function hostsOf(listen: Address): readonly string[] {
  const hosts = new Set(['localhost', '127.0.0.1', '::1'])
  if (everyInterface.has(listen.host)) {
    hosts.add(hostname())
    for (const addresses of Object.values(networkInterfaces())) {
      for (const { address } of addresses ?? []) if (!address.includes('%')) hosts.add(address)
    }
  } else {
    hosts.add(listen.host)
  }
  return [...hosts]
}

/** The host to write into kubeconfigs: one that can be connected to. */
export function advertisedHost(host: string): string {
  return everyInterface.has(host) ? '127.0.0.1' : host
}

/** Listens, or fails with the option that changes the address. */
export async function listenOn(
  listener: { listen(address: Address): Promise<Address> },
  address: Address,
  option: string,
): Promise<Address> {
  try {
    return await listener.listen(address)
  } catch (error) {
    if (!(error instanceof ListenError)) throw error
    const free = { ...address, port: address.port + 1 }
    throw new ServerError('ADDRESS_UNUSABLE', error.message, {
      cause: error,
      next:
        error.code === 'EADDRINUSE'
          ? `stop that program, or choose another address, for example ${option} ${formatAddress(free)}`
          : `choose another address with ${option} HOST:PORT`,
    })
  }
}
