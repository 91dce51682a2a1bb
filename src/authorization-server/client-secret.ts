// What is kept of a client's secret? Its hash: whoever reads the store cannot authenticate with it (R130).

type HashOf = (value: string) => string

const hashed = 'sha256:'

/** To compare what is kept with: of a secret that a request presents, whatever it looks like. */
export const hashOfSecret = (presented: string, hashOf: HashOf): string =>
  hashed + hashOf(presented)

/** What is kept of a client secret; what is a hash already stays one. Never for a secret that a request presents. */
export const keptSecret = (secret: string, hashOf: HashOf): string =>
  secret.startsWith(hashed) ? secret : hashOfSecret(secret, hashOf)

export const isKeptSecret = (value: unknown): boolean =>
  typeof value === 'string' && value.startsWith(hashed)
