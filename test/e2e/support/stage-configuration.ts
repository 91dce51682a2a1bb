// The configuration file of the end-to-end tests: one rule or resource for each kind of answer.

export const resource = 'https://mcp.sep.test/mcp'
export const allowed = ['alice@example.com', 'bob@example.com', 'carol@example.com']

export function configuration(
  issuer: string,
  clientSecret: string,
  tokenIssuer: string,
): Readonly<Record<string, unknown>> {
  return {
    public_url: 'https://auth.sep.test',
    cookie: { domain: 'sep.test' },
    proxy: { dialect: 'nginx' },
    providers: [
      {
        id: 'home',
        preset: 'oidc',
        label: 'Home',
        issuer,
        client_id: 'sallyport',
        client_secret: clientSecret,
        second_factor: { acr: ['urn:test:2fa'] },
      },
    ],
    allow: { emails: allowed },
    rules: [
      { host: 'app.sep.test', path: '/public/', access: 'public' },
      { host: 'app.sep.test', path: '/optional', access: 'optional' },
      { host: 'app.sep.test', path: '/admin/', allow: { groups: ['admins'] } },
      { host: 'app.sep.test' },
      { host: 'api.sep.test', origins: ['https://app.sep.test'], allow_preflight: true },
    ],
    resources: [{ url: resource, scopes: ['mcp:tools'], issuers: [tokenIssuer] }],
  }
}
