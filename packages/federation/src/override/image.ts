/** A container image reference, taken apart. Tag and digest are without their separators. */
export interface Image {
  readonly registry: string
  readonly repository: string
  readonly tag: string
  readonly digest: string
}

export type ImageComponent = 'Registry' | 'Repository' | 'Tag'
export type ImageOperator = 'add' | 'remove' | 'replace'

const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}$/

/** The first path segment is a registry only when it looks like a host: with `.` or `:`, or `localhost`. */
export function parseImage(text: string): Image {
  const at = text.indexOf('@')
  const digest = at < 0 ? '' : text.slice(at + 1)
  const name = at < 0 ? text : text.slice(0, at)
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  const registry = /[.:]/.test(first) || first === 'localhost' ? first : ''
  const path = registry === '' ? name : name.slice(slash + 1)
  const colon = path.lastIndexOf(':')
  const tagged = colon > path.lastIndexOf('/')
  return {
    registry,
    repository: tagged ? path.slice(0, colon) : path,
    tag: tagged ? path.slice(colon + 1) : '',
    digest,
  }
}

/** A tag wins over a digest. */
export function formatImage({ registry, repository, tag, digest }: Image): string {
  const name = registry === '' ? repository : `${registry}/${repository}`
  if (tag !== '') return `${name}:${tag}`
  return digest === '' ? name : `${name}@${digest}`
}

export function overrideImage(text: string, component: ImageComponent, operator: ImageOperator, value: string): string {
  const image = parseImage(text)
  switch (component) {
    case 'Registry':
      return formatImage({ ...image, registry: change(image.registry, operator, value) })
    case 'Repository':
      return formatImage({ ...image, repository: change(image.repository, operator, value) })
    case 'Tag':
      return formatImage({ ...image, ...changeTag(image, operator, value) })
  }
}

function change(current: string, operator: ImageOperator, value: string): string {
  switch (operator) {
    case 'add':
      return current + value
    case 'replace':
      return value
    case 'remove':
      return ''
  }
}

function changeTag(image: Image, operator: ImageOperator, value: string): { tag: string; digest: string } {
  switch (operator) {
    case 'add':
      if (image.tag !== '' || image.digest === '') return { tag: image.tag + value, digest: image.digest }
      return { tag: '', digest: image.digest + value }
    case 'replace':
      return DIGEST.test(value) ? { tag: '', digest: value } : { tag: value, digest: '' }
    case 'remove':
      return { tag: '', digest: '' }
  }
}
