/** Where a request path leads. `prefix` is what the plane must strip; names are already checked. */
export type Route =
  | { readonly to: 'hub'; readonly prefix: '' }
  | { readonly to: 'instance' | 'member'; readonly name: string; readonly prefix: string }
  | { readonly to: 'readyz'; readonly prefix: ''; readonly verbose: boolean }
  | { readonly to: 'nowhere'; readonly reason: string }

const mount = /^\/(instances|clusters)(?:\/([^/?#]*))?(?=[/?#]|$)/
const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** The path of a request target, without query. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}

/** Decides by the first segments alone; the rest is the plane's. */
export function routeOf(url: string): Route {
  const path = pathOf(url)
  if (path === '/readyz') return { to: 'readyz', prefix: '', verbose: /[?&]verbose\b/.test(url) }
  const mounted = mount.exec(url)
  if (mounted === null) return { to: 'hub', prefix: '' }
  const [prefix, plural, name = ''] = mounted
  if (name === '') return { to: 'nowhere', reason: `${path}: a name must follow` }
  if (!dnsLabel.test(name)) return { to: 'nowhere', reason: `${path}: not a valid name` }
  return { to: plural === 'instances' ? 'instance' : 'member', name, prefix }
}

/** True for the paths a control plane serves below its mount; everything else may belong to the web pages. */
export function isApiPath(pathBelowMount: string): boolean {
  return /^\/(api|apis|openapi|version|readyz|livez|healthz)(\/|$)/.test(pathBelowMount)
}

/** Watches last until someone ends them; everything else is awaited when the server drains. */
export function isWatch(url: string): boolean {
  return /[?&]watch=(true|1)(&|$)/.test(url) || /\/watch\//.test(pathOf(url)) || /[?&]follow=(true|1)(&|$)/.test(url)
}
