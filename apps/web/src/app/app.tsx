import { Instances } from '@kairship/api/kairship'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useObjects, usePlatform } from '../api/use-objects.ts'
import { InstanceView } from '../features/overview/instance-view.tsx'
import { StaleNotice } from '../ui/stale-notice.tsx'
import { StatusDot } from '../ui/status-dot.tsx'

/** The instance in view lives in the URL's hash, so that every view can be linked to. */
function useSelectedInstance(): [string, (name: string) => void] {
  const read = (): string => decodeURIComponent(globalThis.location.hash.replace(/^#\/instances\/?/, ''))
  const [selected, setSelected] = useState(read)
  useEffect(() => {
    const follow = (): void => setSelected(read())
    globalThis.addEventListener('hashchange', follow)
    return () => globalThis.removeEventListener('hashchange', follow)
  }, [])
  return [
    selected,
    (name) => {
      globalThis.location.hash = `/instances/${encodeURIComponent(name)}`
    },
  ]
}

export function App() {
  const { t, i18n } = useTranslation()
  const platform = usePlatform()
  const instances = useObjects(platform.hub, Instances)
  const [selected, select] = useSelectedInstance()
  const names = instances.items.map((instance) => instance.metadata.name ?? '').toSorted()
  const current = names.includes(selected) ? selected : (names[0] ?? '')
  return (
    <>
      <header className="bar">
        <strong className="brand">Kairship</strong>
        <span className="muted">{t('tagline')}</span>
        <span className="spring" />
        <button
          type="button"
          className="plain"
          onClick={() => void i18n.changeLanguage(i18n.language === 'zh' ? 'en' : 'zh')}
        >
          {t('language')}
        </button>
      </header>
      <main>
        <StaleNotice ageMs={instances.ageMs} />
        <nav aria-label={t('instances')} className="tabs">
          {instances.items.map((instance) => {
            const name = instance.metadata.name ?? ''
            return (
              <button
                key={name}
                type="button"
                aria-current={name === current ? 'page' : undefined}
                onClick={() => select(name)}
              >
                <StatusDot
                  state={instance.status?.phase === 'Ready' ? 'good' : 'unknown'}
                  label={instance.status?.phase ?? t('unknown')}
                />
                {name}
              </button>
            )
          })}
        </nav>
        {!instances.synced && <p className="muted">{t('connecting')}</p>}
        {instances.synced && names.length === 0 && <p className="empty">{t('instancesEmpty')}</p>}
        {current !== '' && <InstanceView key={current} instance={current} />}
      </main>
    </>
  )
}
