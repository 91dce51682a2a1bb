// What is kept of a client's secret? Its hash: whoever reads the store cannot authenticate with it (R130).

const hashed = 'sha256:'

/** What is kept of a client secret; what is a hash already stays one. Never for a secret that a request presents. */
export const keptSecret = (secret: string, hashOf: (value: string) => string): string =>
  secret.startsWith(hashed) ? secret : hashed + hashOf(secret)

export const isKeptSecret = (value: unknown): boolean =>
  typeof value === 'string' && value.startsWith(hashed)
