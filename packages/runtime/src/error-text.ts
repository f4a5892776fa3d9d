export interface ErrorDescription {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly cause?: ErrorDescription
  readonly errors?: readonly ErrorDescription[]
}

/** Causes of causes stop here: cyclic and absurd chains exist. */
const deepest = 8

/** An error as plain data, with its causes. Anything can be thrown, so anything is accepted. */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { name: 'NonError', message: safeText(error) }
  const further = depth < deepest
  return {
    name: error.name,
    message: error.message,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(further && error.cause !== undefined ? { cause: describeError(error.cause, depth + 1) } : {}),
    ...(further && error instanceof AggregateError
      ? { errors: error.errors.map((inner) => describeError(inner, depth + 1)) }
      : {}),
  }
}

/** An error for people: stack, then each cause. */
export function errorText(error: unknown): string {
  return render(describeError(error), '')
}

/** `message: cause: cause` on one line, for places without room for stacks. */
export function errorMessage(error: unknown): string {
  const parts: string[] = []
  for (let at: ErrorDescription | undefined = describeError(error); at !== undefined; at = at.cause) {
    const text = at.message === '' ? at.name : at.message
    if (!parts.some((part) => part.includes(text))) parts.push(text)
  }
  return parts.join(': ')
}

function render(error: ErrorDescription, prefix: string): string {
  let text = prefix + (error.stack ?? `${error.name}: ${error.message}`)
  if (error.cause !== undefined) text += `\n${render(error.cause, 'caused by ')}`
  for (const inner of error.errors ?? []) text += `\n${render(inner, 'one of ')}`
  return text
}

function safeText(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}
