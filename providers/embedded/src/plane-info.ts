import { Namespaces } from '@kairship/api/builtin'
import type { Client } from '@kairship/client'

/** The version a plane shows (`v1.36.0`) and its identity (UID of kube-system). */
export async function planeInfo(client: Client): Promise<{ readonly version: string; readonly id: string }> {
  const [reply, system] = await Promise.all([
    client.connection.raw('/version'),
    client.of(Namespaces).find('kube-system'),
  ])
  const version = /"gitVersion":\s*"([^"]+)"/.exec(new TextDecoder().decode(reply.body))?.[1] ?? ''
  return { version, id: system?.metadata.uid ?? '' }
}
