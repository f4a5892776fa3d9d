import type { DeepReadonly, KubeObject, ResourceRef } from '@kairship/apimachinery'
import type { Informers } from '@kairship/client'
import { createContext, useContext, useMemo, useSyncExternalStore } from 'react'
import type { Platform } from './platform.ts'

export const PlatformContext = createContext<Platform | undefined>(undefined)

export function usePlatform(): Platform {
  const platform = useContext(PlatformContext)
  if (platform === undefined) throw new Error('PlatformContext is missing above this component')
  return platform
}

/** `synced` is false until the first list is complete; `ageMs` says how long the stream has been silent. */
export interface Objects<T extends KubeObject> {
  readonly items: readonly DeepReadonly<T>[]
  readonly synced: boolean
  readonly ageMs: number
}

/** How often a silent stream is looked at again, so that staleness shows without events. */
const stalenessTickMs = 5_000

/** All objects of one resource, live. Changes of one animation frame are shown together. */
export function useObjects<T extends KubeObject>(informers: Informers, ref: ResourceRef<T>): Objects<T> {
  const source = useMemo(() => liveObjects(informers, ref), [informers, ref])
  return useSyncExternalStore(source.subscribe, source.snapshot)
}

function liveObjects<T extends KubeObject>(
  informers: Informers,
  ref: ResourceRef<T>,
): { readonly subscribe: (onChange: () => void) => () => void; readonly snapshot: () => Objects<T> } {
  const informer = informers.of(ref)
  let current: Objects<T> = { items: [], synced: false, ageMs: 0 }
  const refresh = (): void => {
    current = { items: [...informer.cache.list()], synced: informer.hasSynced, ageMs: informer.age() }
  }
  refresh()
  return {
    snapshot: () => current,
    subscribe: (onChange) => {
      let frame = 0
      const later = (): void => {
        frame ||= requestAnimationFrame(() => {
          frame = 0
          refresh()
          onChange()
        })
      }
      const abort = new AbortController()
      informer.synced(abort.signal).then(later, () => {})
      const subscription = informer.subscribe(later)
      const tick = setInterval(later, stalenessTickMs)
      return () => {
        abort.abort()
        clearInterval(tick)
        cancelAnimationFrame(frame)
        subscription[Symbol.dispose]()
      }
    },
  }
}
