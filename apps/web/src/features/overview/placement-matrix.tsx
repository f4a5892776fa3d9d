import type { DeepReadonly } from '@kairship/apimachinery'
import type { ResourceBinding } from '@kairship/api/karmada'
import { useDeferredValue, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { matrixRows, type MatrixCell, type MatrixRow } from './matrix-rows.ts'

/** Rows drawn at once; the filter narrows down the rest. */
const rowLimit = 300

export function PlacementMatrix({
  clusters,
  bindings,
}: {
  readonly clusters: readonly string[]
  readonly bindings: readonly DeepReadonly<ResourceBinding>[]
}) {
  const { t } = useTranslation()
  const [everything, setEverything] = useState(false)
  const [filter, setFilter] = useState('')
  const needle = useDeferredValue(filter).trim().toLowerCase()
  const rows = useMemo(() => matrixRows(bindings, { everything }), [bindings, everything])
  const matching =
    needle === '' ? rows : rows.filter((row) => `${row.namespace}/${row.name}`.toLowerCase().includes(needle))
  const shown = matching.slice(0, rowLimit)
  return (
    <>
      <div className="controls">
        <input
          type="search"
          aria-label={t('filter')}
          placeholder={t('filter')}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <label>
          <input type="checkbox" checked={everything} onChange={(event) => setEverything(event.target.checked)} />
          {t('everything')}
        </label>
        <span className="muted">{t('shown', { shown: shown.length, all: rows.length })}</span>
      </div>
      {rows.length === 0 ? (
        <p className="empty">{t('workloadsEmpty')}</p>
      ) : (
        <div className="scroll">
          <table className="matrix">
            <thead>
              <tr>
                <th scope="col">{t('workload')}</th>
                <th scope="col">{t('namespace')}</th>
                <th scope="col">{t('total')}</th>
                {clusters.map((cluster) => (
                  <th key={cluster} scope="col">
                    {cluster}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <Row key={row.key} row={row} clusters={clusters} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}

function Row({ row, clusters }: { readonly row: MatrixRow; readonly clusters: readonly string[] }) {
  const { t } = useTranslation()
  return (
    <tr>
      <th scope="row">
        {row.name} <span className="muted">{row.kind}</span>
      </th>
      <td>{row.namespace || '–'}</td>
      <td title={row.message}>
        {!row.scheduled ? t('unscheduled') : row.wanted === undefined ? '' : `${row.ready ?? 0} / ${row.wanted}`}
      </td>
      {clusters.map((cluster) => (
        <Cell key={cluster} cell={row.cells.get(cluster)} />
      ))}
    </tr>
  )
}

function Cell({ cell }: { readonly cell: MatrixCell | undefined }) {
  const { t } = useTranslation()
  if (cell === undefined) return <td className="cell none" title={t('notPlaced')} />
  if (!cell.applied && cell.message !== '') {
    return (
      <td className="cell bad" title={t('notApplied', { message: cell.message })}>
        ✕
      </td>
    )
  }
  if (cell.wanted === undefined)
    return <td className={`cell ${cell.applied ? 'good' : 'busy'}`}>{cell.applied ? '✓' : '…'}</td>
  const ready = cell.ready ?? 0
  return (
    <td className={`cell ${ready >= cell.wanted ? 'good' : 'busy'}`} title={t('cell', { ready, wanted: cell.wanted })}>
      {ready} / {cell.wanted}
    </td>
  )
}
