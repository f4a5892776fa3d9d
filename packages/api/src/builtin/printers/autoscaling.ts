import type { DeepReadonly } from '@kairship/apimachinery'
import type { Column, Printer } from '../../definition.ts'
import type {
  AutoscalingV1HorizontalPodAutoscaler,
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
} from '../generated/types.gen.ts'
import { AGE, age, joinSome, NAME, nameOf, printer, text } from '../../printing/cells.ts'

const COLUMNS: readonly Column[] = [
  NAME,
  text('Reference'),
  text('Targets'),
  text('MinPods'),
  text('MaxPods'),
  text('Replicas'),
  AGE,
]

export const horizontalPodAutoscalerPrinter: Printer = printer<HorizontalPodAutoscaler>(COLUMNS, (object, now) => [
  nameOf(object),
  `${object.spec?.scaleTargetRef.kind ?? ''}/${object.spec?.scaleTargetRef.name ?? ''}`,
  metricCells(object.spec?.metrics ?? [], object.status?.currentMetrics ?? []),
  String(object.spec?.minReplicas ?? '<unset>'),
  object.spec?.maxReplicas ?? 0,
  object.status?.currentReplicas ?? 0,
  age(object, now),
])

/** v1 knows only the CPU target; the others travel in annotations. */
export const horizontalPodAutoscalerV1Printer: Printer = printer<AutoscalingV1HorizontalPodAutoscaler>(
  COLUMNS,
  (object, now) => {
    const target = object.spec?.targetCPUUtilizationPercentage
    const current = object.status?.currentCPUUtilizationPercentage
    return [
      nameOf(object),
      `${object.spec?.scaleTargetRef.kind ?? ''}/${object.spec?.scaleTargetRef.name ?? ''}`,
      target === undefined ? '<none>' : `cpu: ${current === undefined ? '<unknown>' : `${current}%`}/${target}%`,
      String(object.spec?.minReplicas ?? '<unset>'),
      object.spec?.maxReplicas ?? 0,
      object.status?.currentReplicas ?? 0,
      age(object, now),
    ]
  },
)

function metricCells(specs: DeepReadonly<MetricSpec[]>, statuses: DeepReadonly<MetricStatus[]>): string {
  if (specs.length === 0) return '<none>'
  return joinSome(
    specs.map((spec, index) => metricCell(spec, statuses[index])),
    2,
    ', ',
  )
}

interface Amounts {
  readonly value?: string
  readonly averageValue?: string
  readonly averageUtilization?: number
}

function metricCell(spec: DeepReadonly<MetricSpec>, status: DeepReadonly<MetricStatus> | undefined): string {
  switch (spec.type) {
    case 'External':
      return objectMetric(spec.external?.target, status?.external?.current)
    case 'Object':
      return objectMetric(spec.object?.target, status?.object?.current)
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? '<unknown>'}/${spec.pods?.target.averageValue ?? ''}`
    case 'Resource':
      return `${spec.resource?.name ?? ''}: ${resourceMetric(spec.resource?.target, status?.resource?.current)}`
    case 'ContainerResource': {
      const metric = resourceMetric(spec.containerResource?.target, status?.containerResource?.current)
      return `${spec.containerResource?.name ?? ''}: ${metric}`
    }
    default:
      return '<unknown type>'
  }
}

function objectMetric(target: Amounts | undefined, current: Amounts | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? '<unknown>'}/${target.averageValue} (avg)`
  return `${current?.value ?? '<unknown>'}/${target?.value ?? ''}`
}

function resourceMetric(target: Amounts | undefined, current: Amounts | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? '<unknown>'}/${target.averageValue}`
  const percent = (value: number | undefined, otherwise: string): string =>
    value === undefined ? otherwise : `${value}%`
  return `${percent(current?.averageUtilization, '<unknown>')}/${percent(target?.averageUtilization, '<auto>')}`
}
