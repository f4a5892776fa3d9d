export { manualClock, settle, type ManualClock } from './manual-clock.ts'
export { recordedLog } from './recorded-log.ts'
export { seededRandom } from './seeded-random.ts'
