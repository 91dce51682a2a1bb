// What may be the name of a local account.

const form = /^[a-z0-9][a-z0-9._-]{0,63}$/

/** The name in lower case, or undefined when it cannot be one: ASCII letters, digits, `.`, `_`, `-`; at most 64. */
export function parseAccountName(text: string): string | undefined {
  // Looked at before the case is changed: some letters of other scripts have an ASCII one as lower case.
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(text)) return undefined
  const name = text.toLowerCase()
  return form.test(name) ? name : undefined
}
