// How long may a token be?

/** Longest token that is looked at at all, in bytes (security.md R118). */
export const tokenLimit = 8192
