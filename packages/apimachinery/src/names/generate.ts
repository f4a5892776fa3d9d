/** No vowels and no look-alikes, so that suffixes spell no words. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'
const SUFFIX_LENGTH = 5
const MAX_NAME_LENGTH = 63

/** `random()` returns a number in [0, 1). */
export function randomSuffix(length: number, random: () => number): string {
  let suffix = ''
  for (let index = 0; index < length; index++) suffix += ALPHABET.charAt(Math.floor(random() * ALPHABET.length))
  return suffix
}

/** The name for `metadata.generateName`: the base cut so that five random characters still fit into 63. */
export function generateName(base: string, random: () => number): string {
  return base.slice(0, MAX_NAME_LENGTH - SUFFIX_LENGTH) + randomSuffix(SUFFIX_LENGTH, random)
}

/** Names of generated label values and pods use the same letters for hashes: upstream's SafeEncodeString. */
export function safeEncode(text: string): string {
  let encoded = ''
  for (let index = 0; index < text.length; index++) encoded += ALPHABET.charAt(text.charCodeAt(index) % ALPHABET.length)
  return encoded
}
