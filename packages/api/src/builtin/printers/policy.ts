import type { Printer } from '../../definition.ts'
import type {
  FlowSchema,
  PodDisruptionBudget,
  PriorityClass,
  PriorityLevelConfiguration,
  RuntimeClass,
} from '../generated/types.gen.ts'
import { AGE, age, integer, NAME, nameOf, printer, text } from '../../printing/cells.ts'

export const disruptionBudgetPrinter: Printer = printer<PodDisruptionBudget>(
  [NAME, text('Min Available'), text('Max Unavailable'), integer('Allowed Disruptions'), AGE],
  (object, now) => [
    nameOf(object),
    String(object.spec?.minAvailable ?? 'N/A'),
    String(object.spec?.maxUnavailable ?? 'N/A'),
    object.status?.disruptionsAllowed ?? 0,
    age(object, now),
  ],
)

export const priorityClassPrinter: Printer = printer<PriorityClass>(
  [NAME, integer('Value'), { name: 'Global-Default', type: 'boolean' }, AGE, text('PreemptionPolicy')],
  (object, now) => [
    nameOf(object),
    object.value ?? 0,
    object.globalDefault ?? false,
    age(object, now),
    object.preemptionPolicy ?? '',
  ],
)

export const runtimeClassPrinter: Printer = printer<RuntimeClass>([NAME, text('Handler'), AGE], (object, now) => [
  nameOf(object),
  object.handler,
  age(object, now),
])

export const flowSchemaPrinter: Printer = printer<FlowSchema>(
  [NAME, text('PriorityLevel'), integer('MatchingPrecedence'), text('DistinguisherMethod'), AGE, text('MissingPL')],
  (object, now) => [
    nameOf(object),
    object.spec?.priorityLevelConfiguration.name ?? '',
    object.spec?.matchingPrecedence ?? 0,
    object.spec?.distinguisherMethod?.type ?? '<none>',
    age(object, now),
    object.status?.conditions?.find((condition) => condition.type === 'Dangling')?.status ?? '?',
  ],
)

export const priorityLevelPrinter: Printer = printer<PriorityLevelConfiguration>(
  [
    NAME,
    text('Type'),
    text('NominalConcurrencyShares'),
    text('Queues'),
    text('HandSize'),
    text('QueueLengthLimit'),
    AGE,
  ],
  (object, now) => {
    const shares = object.spec?.limited?.nominalConcurrencyShares ?? object.spec?.exempt?.nominalConcurrencyShares
    const queuing = object.spec?.limited?.limitResponse?.queuing
    return [
      nameOf(object),
      object.spec?.type ?? '',
      shares ?? '<none>',
      queuing?.queues ?? '<none>',
      queuing?.handSize ?? '<none>',
      queuing?.queueLengthLimit ?? '<none>',
      age(object, now),
    ]
  },
)
