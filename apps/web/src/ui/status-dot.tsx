export type DotState = 'good' | 'bad' | 'busy' | 'unknown'

/** Colour never carries meaning alone: the label is read out and shown on hover. */
export function StatusDot({ state, label }: { readonly state: DotState; readonly label: string }) {
  return <span role="img" className={`dot ${state}`} title={label} aria-label={label} />
}
