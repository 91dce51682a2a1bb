// What the configuration comes to: the only shape the rest of the program sees.

import type { Policy } from '../access/policy.ts'
import type { Accent } from '../appearance/colours.ts'
import type { Languages } from '../appearance/languages.ts'
import type { AuthorizationServerSettings } from '../ports/authorization-server.ts'
import type { ProviderQuirks } from '../ports/provider-quirks.ts'
import type { SecondFactor } from '../protocol/authentication-methods.ts'
import type { ClaimNames } from '../protocol/claims.ts'
import type { HandOffScope } from '../protocol/cookie-reach.ts'
import type { Dialect } from '../protocol/dialects.ts'
import type { Secret } from '../protocol/secret.ts'
import type { EpochSeconds, Seconds } from '../protocol/time.ts'
import type { TokenBounds } from '../protocol/token-bounds.ts'
import type { PresetName } from './presets.ts'

/** Where browsers and OAuth clients reach us. Every URL we emit starts with `href` (R30). */
export type PublicUrl = {
  /** `https://auth.example.com`, or with a base path `https://app.example.com/_auth`; no trailing slash. */
  readonly href: string
  readonly origin: string
  /** Lower case ASCII, no port; IPv6 in brackets. */
  readonly hostname: string
  /** Empty or `/_auth`. */
  readonly basePath: string
}

/** Where decisions are asked besides the public listener. */
export type DecisionListener =
  | { readonly kind: 'shared' }
  | { readonly kind: 'port'; readonly host: string; readonly port: number }
  | { readonly kind: 'socket'; readonly path: string }

export type DatabaseSettings =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: Secret }
  | { readonly kind: 'memory' }

/** Where the secret of the authorization server comes from; a file is made at the first start. */
export type AuthorizationSecret =
  | { readonly kind: 'given'; readonly value: Secret }
  | { readonly kind: 'file'; readonly path: string; readonly readableByOthers: boolean }
  | { readonly kind: 'memory' }

/** The authorization server's settings before its secret is read. */
export type AuthorizationServerChoice = Omit<AuthorizationServerSettings, 'secret'> & {
  readonly secret: AuthorizationSecret
}

/** Gateways behind a cookie, and sign-in for command lines. */
export type EdgeAuthSettings = {
  /** Without port; `*.example.com` is one label. Undefined: hosts that a rule protects and the cookie reaches. */
  readonly hosts: readonly string[] | undefined
  readonly lifetime: Seconds
  readonly commandLineLifetime: Seconds
  readonly commandLinePaths: readonly string[]
  readonly secret: AuthorizationSecret
}

/** An identity provider that browsers are sent to. Always code flow with PKCE S256. */
export type ProviderSettings = {
  /** Unique, never `local`; part of the callback path. */
  readonly id: string
  readonly preset: PresetName
  /** What the chooser shows. */
  readonly label: string
  /** Byte for byte what the provider's discovery document says. */
  readonly issuer: string
  readonly clientId: string
  /** Undefined for a public client. */
  readonly clientSecret: Secret | undefined
  /** Path of the redirect URI below the public URL: `/callback/<id>`; `/callback` for mcpauth's variables. */
  readonly callbackPath: string
  /** What is asked for; always has `openid` but at GitHub, which knows no such scope. */
  readonly scopes: readonly string[]
  readonly claims: ClaimNames
  /** Takes an e-mail address as verified when the provider says nothing about it (R44); off by default. */
  readonly trustEmailWithoutClaim: boolean
  /** Takes `email_verified: "true"` (text) as true (R44); off by default. */
  readonly acceptVerifiedAsText: boolean
  /** Google Workspace: `hd` must be this domain (R47). */
  readonly hostedDomain: string | undefined
  /** Entra: tenants whose people may come through an issuer that many tenants share (R47); else empty. */
  readonly tenants: readonly string[]
  /** Added to the authorization request as they are. */
  readonly authorizationParameters: Readonly<Record<string, string>>
  /** By what it says that there were two factors; undefined: by `amr` alone. */
  readonly secondFactor?: SecondFactor | undefined
  readonly quirks: ProviderQuirks
}

/** An issuer whose access tokens some resource accepts. */
export type TokenIssuerSettings = {
  readonly issuer: string
  /** Undefined: found by discovery. */
  readonly jwksUri: string | undefined
  /** JWS algorithms; never `none`, never HS*. */
  readonly algorithms: readonly string[]
  /** Also takes `typ: JWT` or none instead of `at+jwt` only (RFC 9068 §4); Keycloak needs it. */
  readonly acceptPlainJwtType: boolean
  readonly claims: ClaimNames
  /** Id of the provider with the same issuer, or `''`. */
  readonly provider: string
  /** As of that provider; both false when there is none. */
  readonly trustEmailWithoutClaim: boolean
  readonly acceptVerifiedAsText: boolean
  /** By what it says that there were two factors; undefined: by `amr` alone. */
  readonly secondFactor?: SecondFactor | undefined
  readonly quirks: ProviderQuirks
}

/** What limits the tokens that people make. */
export type PersonalTokenLimits = {
  readonly maxLifetime: Seconds
  /** How long after its owner's last sign-in a token is still good; 0: until its own end. */
  readonly ownerAbsence: Seconds
}

/** A token that is written into the configuration: a machine's, judged like everybody else's. */
export type StaticToken = {
  /** Who it is, in `allow.clients` and in logs. */
  readonly name: string
  readonly value:
    | { readonly kind: 'secret'; readonly secret: Secret }
    | { readonly kind: 'sha256'; readonly hex: string }
  readonly bounds: TokenBounds
  readonly expiresAt: EpochSeconds | undefined
}

export const identityValues = [
  'user',
  'email',
  'groups',
  'scopes',
  'preferred-username',
  'subject',
  'name',
] as const

/** `user` is the e-mail address, else the preferred name, else the subject (X12). */
export type IdentityValue = (typeof identityValues)[number]

export type IdentityHeaderSetting = { readonly name: string; readonly value: IdentityValue }

export type Logo = {
  readonly type: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/svg+xml'
  readonly base64: string
}

/** What people see. */
export type AppearanceSettings = {
  readonly languages: Languages
  /** Whose pages these are; there whenever there is a logo. */
  readonly name: string | undefined
  readonly logo: Logo | undefined
  readonly accent: Accent
}

export type LogLevel = 'debug' | 'info' | 'warn'

export type Settings = {
  /** Plain http and cookies without `Secure` on loopback, `.test` and `.localhost`; nothing else (R145). */
  readonly development: boolean
  readonly publicUrl: PublicUrl
  /**
   * The public listener. `::` stands for every address of the machine, IPv4 too (give no host to
   * `listen`): the default once there is a `public_url`, because a container needs it. In development
   * mode the default is 127.0.0.1.
   */
  readonly listen: { readonly host: string; readonly port: number }
  readonly decision: DecisionListener
  readonly proxy: {
    readonly dialect: Dialect
    /** Addresses and networks in CIDR form whose forwarded headers count (R2). A unix socket needs no entry. */
    readonly trusted: readonly string[]
  }
  /** Alias of `/auth`, `/sse` by default. */
  readonly protectedPath: string
  readonly cookie: {
    /** Undefined: host-only. No leading dot. */
    readonly domain: string | undefined
    /** Full name including `__Host-` or `__Secure-`. */
    readonly name: string
  }
  /** How a login gets to hosts that its cookie does not reach. */
  readonly handOff: {
    /** Path on those hosts that the proxy leads to us; no trailing slash. */
    readonly path: string
    /** Undefined: to none. */
    readonly scope: HandOffScope | undefined
  }
  readonly session: {
    readonly lifetime: Seconds
    /** 0: no idle limit. */
    readonly idle: Seconds
  }
  readonly database: DatabaseSettings
  /** For files that are kept; to be created with mode 0700. Empty when everything stays in memory. */
  readonly dataDirectory: string
  readonly providers: readonly ProviderSettings[]
  readonly localAccounts: boolean
  /** Guards the secrets of authenticator apps. Undefined: none can be set up. */
  readonly accountsSecret: AuthorizationSecret | undefined
  /** One entry for each issuer but ourselves that a resource names. */
  readonly tokenIssuers: readonly TokenIssuerSettings[]
  /**
   * Undefined: no resource has us as issuer, and there are no clients. Its `issuer` is in
   * `policy.resources[].issuers` of those that have, byte for byte.
   */
  readonly authorizationServer: AuthorizationServerChoice | undefined
  /** Undefined: off; its paths are 404 and its tokens are nothing. */
  readonly edgeAuth: EdgeAuthSettings | undefined
  /** Undefined: nobody can make tokens, and those there are count for nothing. */
  readonly personalTokens: PersonalTokenLimits | undefined
  readonly staticTokens: readonly StaticToken[]
  /** What is taken over when the file changes while the program runs; everything else needs a restart. */
  readonly policy: Policy
  readonly identityHeaders: readonly IdentityHeaderSetting[]
  /** An address seen first with one account is refused with another (R43). */
  readonly pinSubject: boolean
  /** The `realm` of challenges. */
  readonly realm: string
  readonly appearance: AppearanceSettings
  readonly log: { readonly level: LogLevel }
}

/** What the operator should know although the program starts. `notice`: a better name or a fact; `warning`: a danger. */
export type ConfigurationWarning = {
  readonly severity: 'notice' | 'warning'
  readonly text: string
}
