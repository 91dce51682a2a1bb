// Under which name does a client appear? Strangers choose it, so it is cleaned before anyone reads it (security.md R76).

/** Characters of a name that a page shows. */
const nameLimit = 80

/**
 * The name without control characters, without characters that turn the direction of text or cannot be seen, and cut
 * to 80 characters. Does not make it safe for markup; does not notice letters that look like others.
 *
 * @returns undefined when nothing is left
 */
export function cleanClientName(text: string): string | undefined {
  const visible = text.replace(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, '').trim()
  return [...visible].slice(0, nameLimit).join('').trim() || undefined
}

/** Whether a cleaned name is on the list, compared without case. An absent name is on none. */
export const isListedName = (name: string | undefined, list: readonly string[]): boolean =>
  list.some((entry) => entry.toLowerCase() === name?.toLowerCase())
