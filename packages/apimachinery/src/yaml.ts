export * from './yaml/parse.ts'
export * from './yaml/dump.ts'
