// Can anything be verified with this key set? RFC 7517 §5

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const verifies = (key: unknown): boolean =>
  isObject(key) && ['RSA', 'EC', 'OKP'].includes(String(key['kty'])) && key['use'] !== 'enc'

export type KeySetJudgement =
  | { readonly kind: 'keys'; readonly count: number }
  | { readonly kind: 'refused'; readonly reason: string }

/** How many public keys for signatures a document has. Does not import them. */
export function judgeKeySet(document: unknown): KeySetJudgement {
  if (!isObject(document) || !Array.isArray(document['keys']))
    return { kind: 'refused', reason: 'it has no list "keys"' }
  const count = document['keys'].filter(verifies).length
  return count === 0
    ? { kind: 'refused', reason: 'it has no public key for signatures' }
    : { kind: 'keys', count }
}
