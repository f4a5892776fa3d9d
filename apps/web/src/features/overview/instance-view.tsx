import { Clusters, ClusterResourceBindings, ResourceBindings } from '@kairship/api/karmada'
import { useTranslation } from 'react-i18next'
import { useObjects, usePlatform } from '../../api/use-objects.ts'
import { StaleNotice } from '../../ui/stale-notice.tsx'
import { MemberTable } from './member-table.tsx'
import { PlacementMatrix } from './placement-matrix.tsx'

/** One instance: its member clusters, and what runs where. */
export function InstanceView({ instance }: { readonly instance: string }) {
  const { t } = useTranslation()
  const informers = usePlatform().instance(instance)
  const clusters = useObjects(informers, Clusters)
  const bindings = useObjects(informers, ResourceBindings)
  const clusterBindings = useObjects(informers, ClusterResourceBindings)
  const names = clusters.items.map((cluster) => cluster.metadata.name ?? '').toSorted()
  return (
    <>
      <StaleNotice ageMs={Math.min(clusters.ageMs, bindings.ageMs)} />
      <section aria-labelledby="members">
        <h2 id="members">
          {t('members')} {clusters.synced && <span className="count">{names.length}</span>}
        </h2>
        {!clusters.synced && <p className="muted">{t('loading')}</p>}
        {clusters.synced && names.length === 0 && <p className="empty">{t('membersEmpty', { instance })}</p>}
        {names.length > 0 && <MemberTable clusters={clusters.items} />}
      </section>
      <section aria-labelledby="workloads">
        <h2 id="workloads">{t('workloads')}</h2>
        {bindings.synced && clusterBindings.synced ? (
          <PlacementMatrix clusters={names} bindings={[...bindings.items, ...clusterBindings.items]} />
        ) : (
          <p className="muted">{t('loading')}</p>
        )}
      </section>
    </>
  )
}
