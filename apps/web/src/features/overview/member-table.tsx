import type { DeepReadonly } from '@kairship/apimachinery'
import type { Cluster } from '@kairship/api/karmada'
import { useTranslation } from 'react-i18next'
import { StatusDot } from '../../ui/status-dot.tsx'

export function MemberTable({ clusters }: { readonly clusters: readonly DeepReadonly<Cluster>[] }) {
  const { t } = useTranslation()
  const sorted = clusters.toSorted((a, b) => (a.metadata.name ?? '').localeCompare(b.metadata.name ?? ''))
  return (
    <div className="scroll">
      <table>
        <thead>
          <tr>
            {(['cluster', 'status', 'provider', 'region', 'version', 'nodes', 'cpu', 'memory'] as const).map(
              (column) => (
                <th key={column} scope="col">
                  {t(column)}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {sorted.map((cluster) => {
            const ready = cluster.status?.conditions?.find((condition) => condition.type === 'Ready')
            const nodes = cluster.status?.nodeSummary
            const summary = cluster.status?.resourceSummary
            const share = (resource: string): string => {
              const allocatable = summary?.allocatable?.[resource]
              return allocatable === undefined ? '–' : `${summary?.allocated?.[resource] ?? '0'} / ${allocatable}`
            }
            return (
              <tr key={cluster.metadata.name}>
                <th scope="row">{cluster.metadata.name}</th>
                <td title={ready?.message}>
                  <StatusDot
                    state={ready?.status === 'True' ? 'good' : ready?.status === 'False' ? 'bad' : 'unknown'}
                    label={ready?.reason ?? t('unknown')}
                  />
                  {ready?.status === 'True' ? t('ready') : ready?.status === 'False' ? t('notReady') : t('unknown')}
                </td>
                <td>{cluster.spec?.provider ?? '–'}</td>
                <td>{cluster.spec?.region ?? '–'}</td>
                <td>{cluster.status?.kubernetesVersion ?? '–'}</td>
                <td>{nodes === undefined ? '–' : `${nodes.readyNum ?? 0} / ${nodes.totalNum ?? 0}`}</td>
                <td>{share('cpu')}</td>
                <td>{share('memory')}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
