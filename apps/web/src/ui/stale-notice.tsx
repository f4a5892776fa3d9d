import { useTranslation } from 'react-i18next'
import { shortDuration } from './duration.ts'

/** Streams send a bookmark at least once a minute: longer silence means the picture may be old. */
const staleAfterMs = 90_000

export function StaleNotice({ ageMs }: { readonly ageMs: number }) {
  const { t } = useTranslation()
  if (ageMs < staleAfterMs) return null
  return (
    <p role="status" className="notice">
      {t('stale', { age: shortDuration(ageMs) })}
    </p>
  )
}
