import type { FieldError } from '../strategy.ts'

/** Collects validation errors; the short methods name upstream's kinds of error. */
export class FieldErrors {
  readonly list: FieldError[] = []
  get empty(): boolean {
    return this.list.length === 0
  }
  required(field: string, detail = ''): void {
    this.list.push({ type: 'Required', field, detail })
  }
  invalid(field: string, value: unknown, detail: string): void {
    this.list.push({ type: 'Invalid', field, value, detail })
  }
  duplicate(field: string, value: unknown): void {
    this.list.push({ type: 'Duplicate', field, value, detail: '' })
  }
  notFound(field: string, value: unknown): void {
    this.list.push({ type: 'NotFound', field, value, detail: '' })
  }
  forbidden(field: string, detail: string): void {
    this.list.push({ type: 'Forbidden', field, detail })
  }
  tooLong(field: string, maxBytes: number): void {
    this.list.push({ type: 'TooLong', field, value: '', detail: `may not be more than ${maxBytes} bytes` })
  }
  tooMany(field: string, actual: number, max: number): void {
    this.list.push({ type: 'TooMany', field, value: actual, detail: `must have at most ${max} items` })
  }
  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    const values = supported.map((item) => JSON.stringify(item)).join(', ')
    this.list.push({ type: 'NotSupported', field, value, detail: `supported values: ${values}` })
  }
  /** `value` must be one of `supported`; an absent or empty one is not checked. */
  oneOf(field: string, value: unknown, supported: readonly string[]): void {
    if (typeof value === 'string' && value !== '' && !supported.includes(value))
      this.notSupported(field, value, supported)
  }
}
