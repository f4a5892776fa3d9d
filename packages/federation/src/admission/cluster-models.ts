import { compareQuantities, parseQuantity } from '@kairship/apimachinery'
import type { DeepReadonly } from '@kairship/apimachinery'
import type { ResourceModel } from '@kairship/api/karmada'
import { invalid } from './denied.ts'
import type { Problem } from './denied.ts'

type Model = DeepReadonly<ResourceModel>

const MAX_INT64 = '9223372036854775807'
const cpuBounds = ['0', '1', '2', '4', '8', '16', '32', '64', '128', MAX_INT64]
const memoryBounds = ['0', '4Gi', '16Gi', '32Gi', '64Gi', '128Gi', '256Gi', '512Gi', '1Ti', MAX_INT64]

/** Nine grades of nodes by CPU and memory. */
export function defaultModels(): readonly Model[] {
  return cpuBounds.slice(1).map((cpu, grade) => ({
    grade,
    ranges: [
      { name: 'cpu', min: cpuBounds[grade] ?? '0', max: cpu },
      { name: 'memory', min: memoryBounds[grade] ?? '0', max: memoryBounds[grade + 1] ?? MAX_INT64 },
    ],
  }))
}

/** Sorted by grade, open at both ends: nothing is smaller than the first or larger than the last. */
export function standardModels(models: readonly Model[]): readonly Model[] {
  const sorted = models.toSorted((left, right) => left.grade - right.grade)
  return sorted.map((model, index) => ({
    ...model,
    ranges: model.ranges.map((range) => ({
      ...range,
      ...(index === 0 ? { min: '0' } : {}),
      ...(index === sorted.length - 1 ? { max: MAX_INT64 } : {}),
    })),
  }))
}

/** Grades are unique, name the same resources in the same order, and follow each other without gaps. */
export function modelProblems(models: readonly Model[]): Problem[] {
  const problems: Problem[] = []
  for (const [index, model] of models.entries()) {
    const at = `spec.resourceModels[${index}]`
    const previous = models[index - 1]
    if (models.findIndex(({ grade }) => grade === model.grade) !== index) {
      problems.push(invalid(`${at}.grade`, model.grade, 'The grades of the resource models must be unique'))
    }
    if (previous !== undefined && !sameNames(previous, model)) {
      problems.push(
        invalid(`${at}.ranges`, model.ranges, 'The number and names of resources must be the same in all models'),
      )
      continue
    }
    for (const [position, range] of model.ranges.entries()) {
      const field = `${at}.ranges[${position}]`
      if (compareQuantities(parseQuantity(range.max), parseQuantity(range.min)) <= 0) {
        problems.push(invalid(field, range, 'The max value of each resource must be greater than the min value'))
      }
      const before = previous?.ranges[position]
      if (before !== undefined && compareQuantities(parseQuantity(before.max), parseQuantity(range.min)) !== 0) {
        problems.push(invalid(field, range, 'Model intervals must be contiguous and non-overlapping'))
      }
    }
  }
  return problems
}

function sameNames(left: Model, right: Model): boolean {
  return (
    left.ranges.length === right.ranges.length &&
    left.ranges.every((range, index) => range.name === right.ranges[index]?.name)
  )
}
