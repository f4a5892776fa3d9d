import { compareQuantities, parseQuantity, validateDns1123Label, validateEnvVarName } from '@kairship/apimachinery'
import { at, child, integer, items, type ReadonlyFields, stringMap, text } from '../../fields.ts'
import type { FieldErrors } from '../../field-errors.ts'

/** All containers of a pod's spec; names are unique over init and ordinary ones. */
export function validateContainers(
  spec: ReadonlyFields,
  path: string,
  volumes: ReadonlySet<string>,
  errors: FieldErrors,
): void {
  const names = new Set<string>()
  if (items(spec, 'containers').length === 0) errors.required(`${path}.containers`)
  for (const list of ['initContainers', 'containers']) {
    items(spec, list).forEach((container, index) =>
      validateContainer(container, `${path}.${list}[${index}]`, names, volumes, errors),
    )
  }
}

function validateContainer(
  container: ReadonlyFields,
  path: string,
  names: Set<string>,
  volumes: ReadonlySet<string>,
  errors: FieldErrors,
): void {
  const name = text(container, 'name')
  if (name === '') errors.required(`${path}.name`)
  else {
    for (const problem of validateDns1123Label(name)) errors.invalid(`${path}.name`, name, problem)
    if (names.has(name)) errors.duplicate(`${path}.name`, name)
    names.add(name)
  }
  const image = text(container, 'image')
  if (image === '') errors.required(`${path}.image`)
  else if (image !== image.trim())
    errors.invalid(`${path}.image`, image, 'must not have leading or trailing whitespace')
  errors.oneOf(`${path}.imagePullPolicy`, text(container, 'imagePullPolicy'), ['Always', 'IfNotPresent', 'Never'])
  errors.oneOf(`${path}.terminationMessagePolicy`, text(container, 'terminationMessagePolicy'), [
    'File',
    'FallbackToLogsOnError',
  ])
  validatePorts(container, path, errors)
  validateEnvironment(container, path, errors)
  validateMounts(container, path, volumes, errors)
  validateResources(at(container, 'resources'), `${path}.resources`, errors)
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const fields = child(container, probe)
    if (fields !== undefined) validateProbe(fields, `${path}.${probe}`, probe !== 'readinessProbe', errors)
  }
}

const portName = /^(?=.*[a-z])[a-z0-9]([a-z0-9]|-(?=[a-z0-9]))*$/

function validatePorts(container: ReadonlyFields, path: string, errors: FieldErrors): void {
  const names = new Set<string>()
  items(container, 'ports').forEach((port, index) => {
    const field = `${path}.ports[${index}]`
    const name = text(port, 'name')
    if (name !== '') {
      if (name.length > 15) errors.invalid(`${field}.name`, name, 'must be no more than 15 characters')
      else if (!portName.test(name))
        errors.invalid(
          `${field}.name`,
          name,
          "must contain only alpha-numeric characters (a-z, 0-9), and hyphens ('-'), with at least one letter (a-z) and no leading, trailing or consecutive hyphens",
        )
      if (names.has(name)) errors.duplicate(`${field}.name`, name)
      names.add(name)
    }
    const number = integer(port, 'containerPort') ?? 0
    if (number === 0) errors.required(`${field}.containerPort`)
    else portNumber(number, `${field}.containerPort`, errors)
    const host = integer(port, 'hostPort') ?? 0
    if (host !== 0) portNumber(host, `${field}.hostPort`, errors)
    errors.oneOf(`${field}.protocol`, text(port, 'protocol'), ['SCTP', 'TCP', 'UDP'])
  })
}

export function portNumber(value: number, field: string, errors: FieldErrors): void {
  if (value < 1 || value > 65535) errors.invalid(field, value, 'must be between 1 and 65535, inclusive')
}

function validateEnvironment(container: ReadonlyFields, path: string, errors: FieldErrors): void {
  items(container, 'env').forEach((variable, index) => {
    const field = `${path}.env[${index}]`
    const name = text(variable, 'name')
    if (name === '') errors.required(`${field}.name`)
    else for (const problem of validateEnvVarName(name)) errors.invalid(`${field}.name`, name, problem)
    const from = child(variable, 'valueFrom')
    if (from === undefined) return
    const sources = Object.keys(from).length
    if (sources === 0)
      errors.invalid(
        `${field}.valueFrom`,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
      )
    else if (text(variable, 'value') !== '')
      errors.invalid(`${field}.valueFrom`, '', 'may not be specified when `value` is not empty')
    else if (sources > 1)
      errors.invalid(`${field}.valueFrom`, '', 'may not have more than one field specified at a time')
    for (const kind of ['configMapKeyRef', 'secretKeyRef']) {
      const reference = child(from, kind)
      if (reference !== undefined && text(reference, 'key') === '') errors.required(`${field}.valueFrom.${kind}.key`)
    }
  })
}

function validateMounts(
  container: ReadonlyFields,
  path: string,
  volumes: ReadonlySet<string>,
  errors: FieldErrors,
): void {
  const paths = new Set<string>()
  items(container, 'volumeMounts').forEach((mount, index) => {
    const field = `${path}.volumeMounts[${index}]`
    const name = text(mount, 'name')
    if (name === '') errors.required(`${field}.name`)
    else if (!volumes.has(name)) errors.notFound(`${field}.name`, name)
    const at_ = text(mount, 'mountPath')
    if (at_ === '') errors.required(`${field}.mountPath`)
    else if (paths.has(at_)) errors.invalid(`${field}.mountPath`, at_, 'must be unique')
    paths.add(at_)
  })
}

const handlers: readonly string[] = ['exec', 'httpGet', 'tcpSocket', 'grpc']

function validateProbe(probe: ReadonlyFields, path: string, onlyOneSuccess: boolean, errors: FieldErrors): void {
  const given = handlers.filter((handler) => probe[handler] !== undefined)
  if (given.length === 0) errors.required(path, 'must specify a handler type')
  for (const extra of given.slice(1)) errors.forbidden(`${path}.${extra}`, 'may not specify more than 1 handler type')
  for (const key of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ]) {
    const value = integer(probe, key)
    if (value !== undefined && value < 0) errors.invalid(`${path}.${key}`, value, 'must be greater than or equal to 0')
  }
  const successes = integer(probe, 'successThreshold')
  if (onlyOneSuccess && successes !== undefined && successes > 1)
    errors.invalid(`${path}.successThreshold`, successes, 'must be 1')
  for (const handler of ['httpGet', 'tcpSocket']) {
    const fields = child(probe, handler)
    const port = fields?.['port']
    if (fields === undefined) continue
    if (port === undefined || port === '') errors.required(`${path}.${handler}.port`)
    else if (typeof port === 'number') portNumber(port, `${path}.${handler}.port`, errors)
  }
}

/** requests ≤ limits, and non-negative; used for containers and pods. */
export function validateResources(resources: ReadonlyFields, path: string, errors: FieldErrors): void {
  const limits = stringMap(resources, 'limits')
  const requests = stringMap(resources, 'requests')
  for (const [kind, quantities] of [
    ['limits', limits],
    ['requests', requests],
  ] as const) {
    for (const [name, quantity] of Object.entries(quantities)) {
      if (quantity.startsWith('-'))
        errors.invalid(`${path}.${kind}[${name}]`, quantity, 'must be greater than or equal to 0')
    }
  }
  for (const [name, request] of Object.entries(requests)) {
    const limit = limits[name]
    if (limit === undefined) continue
    if (compareQuantities(parseQuantity(request), parseQuantity(limit)) > 0)
      errors.invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`)
  }
}
