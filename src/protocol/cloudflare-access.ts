// Cloudflare Access as an issuer of tokens: one for each team.

const issuer = /^https:\/\/[a-z0-9-]+\.cloudflareaccess\.com$/

/** Whether an issuer is a team of Cloudflare Access. */
export const isCloudflareAccess = (url: string): boolean => issuer.test(url)
