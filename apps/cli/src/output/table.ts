export type Cell = string | number | undefined

/** Columns as kubectl prints them: upper-case headers, three spaces between, nothing after the last column. */
export function renderTable(headers: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [headers.map((header) => header.toUpperCase()), ...rows.map((row) => row.map(cellText))]
  const widths = headers.map((_, column) => Math.max(...lines.map((line) => displayWidth(line[column] ?? ''))))
  return lines
    .map((line) =>
      line
        .map((text, column) =>
          column === headers.length - 1 ? text : text + ' '.repeat((widths[column] ?? 0) - displayWidth(text) + 3),
        )
        .join('')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n')
}

function cellText(cell: Cell): string {
  // A name from a server must not move the cursor or start a line of its own.
  // oxlint-disable-next-line no-control-regex
  return cell === undefined || cell === '' ? '-' : String(cell).replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
}

/** East Asian characters take two columns in a terminal. */
function displayWidth(text: string): number {
  let width = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    width += (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xffdc && code < 0xff61) ? 2 : 1
  }
  return width
}

/** `5s`, `3m`, `2h`, `4d` since an RFC 3339 time. */
export function age(since: string | undefined, now: number): string {
  if (since === undefined) return '<unknown>'
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}
