import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Unstructured, isReason, parseApiVersion } from '@kairship/apimachinery'
import { parseYamlDocuments } from '@kairship/apimachinery/yaml'
import { type Client, type Discovery, discover, findKind } from '@kairship/client'

/** Creates every document of the files, in order; what exists already stays as it is. */
export async function applyFiles(client: Client, directory: string, files: readonly string[]): Promise<void> {
  const discovery = await discover(client.connection)
  for (const file of files) {
    for (const document of parseYamlDocuments(await readFile(join(directory, file), 'utf8'))) {
      await applyObject(client, discovery, parseManifest(document, file))
    }
  }
}

async function applyObject(client: Client, discovery: Discovery, object: Unstructured): Promise<void> {
  const { group, version } = parseApiVersion(object.apiVersion ?? '')
  const resource = findKind(discovery, { group, version, kind: object.kind ?? '' })
  if (resource === undefined) throw new Error(`the instance does not serve ${object.apiVersion} ${object.kind}`)
  const namespace = resource.namespaced ? (object.metadata.namespace ?? 'default') : undefined
  await unlessThere(client.of(resource, namespace).create(object, { fieldManager: 'kairship-demo' }))
}

/** Waits for a creation; that the object exists already is fine. */
export async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error
  }
}

function parseManifest(document: unknown, file: string): Unstructured {
  if (typeof document !== 'object' || document === null || !('metadata' in document)) {
    throw new Error(`${file}: a document is no Kubernetes object`)
  }
  return document as Unstructured
}
