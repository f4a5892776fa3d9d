// Each function returns the reasons why a string is not allowed, in upstream's words; empty when it is fine.

function pattern(message: string, expression: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${expression}')`
  const shown = examples.map((example) => `'${example}', `).join(' or ')
  return `${message} (e.g. ${shown}regex used for validation is '${expression}')`
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const DNS_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const LABEL_VALUE = `(${QUALIFIED})?`
const CONFIG_KEY = '[-._a-zA-Z0-9]+'
const ENV_NAME = '[-._a-zA-Z][-._a-zA-Z0-9]*'

const labelPattern = new RegExp(`^${LABEL}$`)
const dns1035Pattern = new RegExp(`^${DNS_1035}$`)
const configKeyPattern = new RegExp(`^${CONFIG_KEY}$`)
const envNamePattern = new RegExp(`^${ENV_NAME}$`)

const QUALIFIED_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
const qualifiedMessage = pattern(QUALIFIED_TEXT, QUALIFIED, 'MyName', 'my.name', '123-abc')

function tooLong(limit: number): string {
  return `must be no more than ${limit} bytes`
}

function byteLength(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x7ff) bytes += code >= 0xd800 && code <= 0xdfff ? 1 : 2
    else if (code > 0x7f) bytes += 1
  }
  return bytes
}

function isAlphanumeric(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90)
}

/** Linear by construction; the nested quantifiers of the published expression are not. */
function isQualifiedPart(text: string): boolean {
  if (text === '') return false
  if (!isAlphanumeric(text.charCodeAt(0)) || !isAlphanumeric(text.charCodeAt(text.length - 1))) return false
  for (let index = 1; index < text.length - 1; index++) {
    const code = text.charCodeAt(index)
    if (!isAlphanumeric(code) && code !== 45 && code !== 95 && code !== 46) return false
  }
  return true
}

/** Namespace names, and names of many kinds: at most 63 of `a-z0-9-`. */
export function validateDns1123Label(value: string): string[] {
  const problems: string[] = []
  if (byteLength(value) > 63) problems.push(tooLong(63))
  if (!labelPattern.test(value)) {
    const text =
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
    problems.push(pattern(text, LABEL, 'my-name', '123-abc'))
  }
  return problems
}

/** Names of most kinds: labels joined by dots, at most 253 in all. */
export function validateDns1123Subdomain(value: string): string[] {
  const problems: string[] = []
  if (byteLength(value) > 253) problems.push(tooLong(253))
  if (!value.split('.').every((label) => labelPattern.test(label))) {
    const text =
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
    problems.push(pattern(text, SUBDOMAIN, 'example.com'))
  }
  return problems
}

/** Service names. */
export function validateDns1035Label(value: string): string[] {
  const problems: string[] = []
  if (byteLength(value) > 63) problems.push(tooLong(63))
  if (!dns1035Pattern.test(value)) {
    const text =
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character"
    problems.push(pattern(text, DNS_1035, 'my-name', 'abc-123'))
  }
  return problems
}

/** Label and annotation keys, finalizers, resource names: `[prefix/]name`. */
export function validateQualifiedName(value: string): string[] {
  const parts = value.split('/')
  const [first = '', second] = parts
  if (parts.length > 2) {
    return [
      `a qualified name ${qualifiedMessage} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const problems: string[] = []
  const name = second ?? first
  if (second !== undefined) {
    if (first === '') problems.push('prefix part must be non-empty')
    else for (const problem of validateDns1123Subdomain(first)) problems.push(`prefix part ${problem}`)
  }
  if (name === '') problems.push('name part must be non-empty')
  else if (byteLength(name) > 63) problems.push(`name part ${tooLong(63)}`)
  if (!isQualifiedPart(name)) problems.push(`name part ${qualifiedMessage}`)
  return problems
}

export function validateLabelValue(value: string): string[] {
  const problems: string[] = []
  if (byteLength(value) > 63) problems.push(tooLong(63))
  if (value !== '' && !isQualifiedPart(value)) {
    const text =
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
    problems.push(pattern(text, LABEL_VALUE, 'MyValue', 'my_value', '12345'))
  }
  return problems
}

/** Keys of ConfigMap and Secret data. */
export function validateConfigKey(value: string): string[] {
  const problems: string[] = []
  if (byteLength(value) > 253) problems.push(tooLong(253))
  if (!configKeyPattern.test(value)) {
    const text = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
    problems.push(pattern(text, CONFIG_KEY, 'key.name', 'KEY_NAME', 'key-name'))
  }
  if (value === '.') problems.push("must not be '.'")
  else if (value === '..') problems.push("must not be '..'")
  else if (value.startsWith('..')) problems.push("must not start with '..'")
  return problems
}

/** Names of environment variables, in the strict form that every Kubernetes version accepts. */
export function validateEnvVarName(value: string): string[] {
  const problems: string[] = []
  if (!envNamePattern.test(value)) {
    const text =
      "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit"
    problems.push(pattern(text, ENV_NAME, 'my.env-name', 'MY_ENV.NAME', 'MyEnvName1'))
  }
  if (value === '.') problems.push("must not be '.'")
  else if (value === '..') problems.push("must not be '..'")
  else if (value.startsWith('..')) problems.push("must not start with '..'")
  return problems
}

/** Names that only have to fit into a URL path: RBAC objects. */
export function validatePathSegmentName(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`)
}
