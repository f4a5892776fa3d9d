const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)
const words: readonly (readonly [string, string])[] = [
  ['__', '__underscores__'],
  ['.', '__dot__'],
  ['-', '__dash__'],
  ['/', '__slash__'],
]

/** The name under which a field is reached; `undefined` when no escape makes it an identifier. */
export function escapeField(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`
  if (!/^[A-Za-z_./-][A-Za-z0-9_./-]*$/.test(name)) return undefined
  return name.replaceAll(/__|[.\-/]/g, (part) => words.find(([text]) => text === part)?.[1] ?? part)
}

/** The field that an escaped name stands for. */
export function unescapeField(name: string): string {
  const word = /^__([a-z]+)__$/.exec(name)?.[1]
  if (word !== undefined && reserved.has(word)) return word
  return name.replaceAll(/__underscores__|__dot__|__dash__|__slash__/g, (part) => {
    return words.find(([, escape]) => escape === part)?.[0] ?? part
  })
}
