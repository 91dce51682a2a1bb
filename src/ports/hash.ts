// What is kept of a secret value: enough to find it again, nothing to use it with.

/** SHA-256 (base64url) of a secret value: what is kept instead of the value. */
export type Hash = string & { readonly __hash?: never }
