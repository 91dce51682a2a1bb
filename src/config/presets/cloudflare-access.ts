// What is known about Cloudflare Access before the operator says anything. A team of it issues tokens for applications
// behind it; people do not log in to us there, so it is no provider.

import { type Preset, standardScopes, withoutSlash } from '../preset.ts'

export const cloudflareAccess: Preset = {
  label: 'Cloudflare Access',
  wrongIssuer: withoutSlash('Cloudflare Access'),
  recognises: /^https:\/\/[a-z0-9-]+\.cloudflareaccess\.com$/,
  needsSecret: false,
  scopes: standardScopes,
  claims: { email: ['email'], name: ['name'], username: ['email'], groups: ['groups'] },
  tokens: {
    kind: 'audience',
    weak: false,
    wanted: 'the Application Audience (AUD) tag of the application',
  },
  plainJwtType: true,
  keysPath: '/cdn-cgi/access/certs',
  // An address is there because its mailbox or its identity provider showed it to Cloudflare.
  vouchesForEmail: true,
  quirks: {},
}
