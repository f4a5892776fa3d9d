import { type DeepReadonly, formatApiVersion, type Unstructured } from '@kairship/apimachinery'
import type { Item } from '../cache/item.ts'
import type { InstalledResource } from '../strategy.ts'

const batchSize = 500

/** The objects as drafts in the version of `target`, in the same order. They are of one resource, in any version. */
export async function convertTo(
  target: InstalledResource,
  objects: readonly DeepReadonly<Unstructured>[],
): Promise<readonly Unstructured[]> {
  const { strategy, definition } = target
  const { group, version, kind } = definition
  const apiVersion = formatApiVersion(group, version)
  const converted =
    (await strategy.convertAll?.(objects)) ??
    objects.map((object) => strategy.convertFrom?.(object) ?? { ...object, metadata: { ...object.metadata } })
  return converted.map((object) => Object.assign(object, { apiVersion, kind })) as readonly Unstructured[]
}

/**
 * Makes sure that the items can be seen in the version of `installed`: after it, `item.view(installed)` needs nobody
 * outside. `undefined` when they can be already, as all can that have no conversion webhook.
 */
export function convertItems(installed: InstalledResource, items: Iterable<Item>): Promise<void> | undefined {
  if (installed.strategy.convertAll === undefined) return undefined
  const missing = [...items].filter((item) => !item.visible(installed))
  return missing.length === 0 ? undefined : convertMissing(installed, missing)
}

async function convertMissing(installed: InstalledResource, items: readonly Item[]): Promise<void> {
  for (let start = 0; start < items.length; start += batchSize) {
    const batch = items.slice(start, start + batchSize)
    const converted = await convertTo(
      installed,
      batch.map((item) => item.object),
    )
    for (const [index, item] of batch.entries()) {
      const object = converted[index]
      if (object !== undefined) item.adopt(installed, object)
    }
  }
}
