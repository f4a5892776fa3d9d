export { createScheduler, type SchedulerOptions } from './controller/scheduler.ts'
