// Text that somebody else chose, made fit to stand on a page of ours (security.md R76). Escaping is the page's part.

/** Longest name of a client that a page shows. */
export const longestShownName = 80

// Cc: controls. Cf and the ignorable ones: bidi overrides, zero-width characters, tags, fillers. Cs, Co, Cn: no character.
const unfit = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu

// More marks on one letter would paint over the lines around it.
const piledMarks = /(\p{M}{2})\p{M}+/gu

/**
 * A name or line as pages show it: one line, without control, bidi and invisible characters, at most
 * `longest` characters with "…" where something was cut off.
 *
 * @returns undefined when nothing visible is left
 */
export function formatShownText(text: string, longest: number): string | undefined {
  // Nothing behind that could still be shown, and the work stays small whatever comes.
  const head = text.slice(0, longest * 20)
  const plain = head
    .replace(/\s+/gu, ' ')
    .replace(unfit, '')
    .normalize('NFC')
    .replace(piledMarks, '$1')
    .replace(/ {2,}/g, ' ')
    .trim()
  const characters = [...plain]
  if (characters.length === 0) return undefined
  if (characters.length <= longest) return plain
  return `${characters
    .slice(0, longest - 1)
    .join('')
    .trimEnd()}…`
}
