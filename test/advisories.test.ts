// Which weakness of others is shown not to be ours, and where? A test that names the advisory shows it.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = import.meta.dirname

type Shown =
  /** By a test of `npm test`. */
  | 'here'
  /** By a test of `npm run test:e2e` with the proxy files that people copy. */
  | 'proxy'
  /** Not at all; the reason. */
  | { readonly notOurs: string }

// Aliases of one advisory stand together: a test names at least one of them. Each: what it teaches.
const advisories: readonly [ids: string, lesson: string, shown: Shown][] = [
  // Forward-auth and reverse proxies.
  ['CVE-2026-40575 GHSA-7x63-xv5r-3p2x', 'forwarded URI of a stranger decided', 'here'],
  ['CVE-2026-76835', 'everyone was a trusted proxy by default', 'here'],
  ['CVE-2026-34457 GHSA-5hvv-m4w4-gf6v', 'a User-Agent opened every path', 'here'],
  ['CVE-2026-41059 GHSA-pxq7-h93f-9jrg', 'a fragment widened a rule', 'here'],
  ['CVE-2025-54576 GHSA-7rh7-c77v-6434', 'the query took part in a rule', 'here'],
  ['CVE-2025-64484 GHSA-vjrc-mh2v-45x6', 'underscore variants of forwarded headers', 'here'],
  ['CVE-2026-34454 GHSA-f24x-5g9q-753f', 'the session outlived the sign-out', 'here'],
  ['GHSA-652x-m2gr-hppm', 'a group rule stopped working unnoticed', 'here'],
  ['CVE-2020-5233', 'open redirect by another origin', 'here'],
  ['CVE-2020-4037', 'open redirect by backslash and encoding', 'here'],
  ['CVE-2020-11053', 'open redirect by encoded white space', 'here'],
  ['CVE-2021-21291', 'open redirect by white space', 'here'],
  ['GHSA-4mf2-f3wh-gvf2', 'open redirect by a sub-domain suffix', 'here'],
  ['CVE-2026-83589', 'open redirect by backslash and tab', 'here'],
  ['CVE-2026-25748', 'a malformed cookie was let through', 'here'],
  ['CVE-2023-36456', 'X-Forwarded-For of anyone counted', 'here'],
  ['CVE-2026-48794', 'a capital letter in the host skipped a rule', 'here'],
  ['CVE-2024-45410 GHSA-62c8-mh53-4cqv', 'Connection removed forwarded headers', 'here'],
  ['CVE-2025-48865', 'Connection removed security headers', 'here'],
  ['CVE-2026-35051 GHSA-6384-m2mw-rf54', 'X-Forwarded-Prefix counted', 'here'],
  ['CVE-2026-54764 GHSA-3q9r-p662-5j8m', 'X-Forwarded-Port counted', 'here'],
  ['CVE-2026-39858 GHSA-5m6w-wvh7-57vm', 'underscore alias of an identity header', 'proxy'],
  ['CVE-2026-54763 GHSA-x677-9fxg-v5c5', 'the same after an incomplete fix', 'proxy'],
  ['CVE-2026-33433 GHSA-qr99-7898-vr7c', 'another spelling of an identity header', 'proxy'],
  ['CVE-2026-30851 GHSA-7r4p-vjf4-gxv4', "a header left out let the client's pass", 'here'],
  ['GHSA-f59h-q822-g45g', 'an alias became the same CGI variable', 'proxy'],
  ['CVE-2026-0976', 'matrix parameters read in two ways', 'here'],
  ['CVE-2021-29651', 'a token went along with a redirect', 'here'],
  ['CVE-2021-29652', 'a token went along with a redirect', 'here'],
  ['CVE-2023-33189', 'crafted requests were judged wrongly', 'here'],
  ['CVE-2024-39315', 'a page about the user showed tokens', 'here'],
  ['CVE-2024-47616', 'a token of one kind passed for another', 'here'],
  ['CVE-2024-21497', 'open redirect', 'here'],
  ['CVE-2024-21499', 'addresses built from forwarded headers', 'here'],
  ['GHSA-vj36-3ccr-6563', 'addresses built from forwarded headers', 'here'],
  ['GHSA-9q5m-jfc4-wc92', 'two logins at once swapped identities', 'here'],
  ['CVE-2026-33544', 'two logins at once swapped identities', 'here'],
  ['GHSA-3q28-qjrv-qr39', 'half a session was a session', 'here'],
  // Identity, and what concerns the login among the libraries.
  ['CVE-2023-3128', 'an address of any tenant was an identity (nOAuth)', 'here'],
  ['GHSA-g38m-r43w-p2q7', 'accounts were linked by address', 'here'],
  ['CVE-2026-40574 GHSA-c5c4-8r6x-56w3', 'two @ in an address', 'here'],
  ['GHSA-7cc2-r658-7xpf', 'a longer domain passed for a shorter', 'here'],
  ['CVE-2026-73420 GHSA-7rqj-j65f-68wh', 'a full-width @', 'here'],
  ['CVE-2026-92598', 'a domain read in two ways', 'here'],
  ['CVE-2022-39222', 'a code of a login begun in another browser', 'here'],
  ['CVE-2026-34511', 'the verifier was the state', 'here'],
  ['GHSA-x445-f3h2-j279', 'check cookies were not bound to the provider', 'here'],
  ['GHSA-8fpg-xm3f-6cx3', 'a faulty configuration opened the door', 'here'],
  ['GHSA-xmf8-cvqr-rfgj', 'a malformed Authorization header threw', 'here'],
  // Authorization servers and OAuth libraries.
  ['CVE-2025-4143', 'the redirect was checked at the token endpoint only', 'here'],
  ['CVE-2025-4144 GHSA-qgp8-v765-qxx9', 'PKCE was skipped by leaving it out', 'here'],
  ['CVE-2023-48228', 'PKCE was not asked of confidential clients', 'here'],
  ['CVE-2024-22258', 'PKCE was downgraded for confidential clients', 'here'],
  ['CVE-2024-52289', 'redirects were regular expressions', 'here'],
  ['CVE-2023-6291', 'a host as a user name passed for the host', 'here'],
  ['CVE-2024-8883', 'any redirect passed for loopback', 'here'],
  ['CVE-2024-1132', 'a way up left the registered path', 'here'],
  ['CVE-2022-3782', 'a twice encoded way up', 'here'],
  ['CVE-2026-3872', 'a way up with matrix parameters', 'here'],
  ['CVE-2026-7504', 'several user names hid each other', 'here'],
  ['CVE-2026-9689', 'response parameters were in the redirect already', 'here'],
  ['CVE-2026-7571', 'the request was changed on its way back', 'here'],
  ['GHSA-9h33-g3ww-mqff', 'a user name in a redirect', 'here'],
  ['GHSA-2wvm-8mvp-22qv', 'errors went to unchecked redirects', 'here'],
  ['CVE-2026-54072', 'redirects were not checked', 'here'],
  ['CVE-2020-26877', 'redirects were not checked', 'here'],
  ['CVE-2020-26938', 'the scheme of a redirect was not checked', 'here'],
  ['CVE-2020-15233', 'loopback let host and query differ', 'here'],
  ['CVE-2020-15234', 'redirects were compared without case', 'here'],
  ['GHSA-3p3g-vpw6-4w66', 'an assertion counted twice', 'here'],
  ['GHSA-xg2q-62g2-cvcm CVE-2026-32245', 'another client redeemed a code', 'here'],
  ['GHSA-xqxv-4jc2-x56x', 'another client redeemed a code', 'here'],
  ['CVE-2026-26232', 'a code lived on, and served twice', 'here'],
  ['CVE-2026-53517 GHSA-392p-2q2v-4372', 'racing refreshes forked the family', 'here'],
  ['CVE-2026-1035', 'racing refreshes forked the family', 'here'],
  ['CVE-2026-50631', 'racing refreshes forked the family', 'here'],
  ['CVE-2026-126280', 'nobody looked how many rows had changed', 'here'],
  ['GHSA-7w99-5wm4-3g79', 'racing redemptions both won', 'here'],
  ['CVE-2026-53512 GHSA-pw9m-5jxm-xr6h', 'a refresh needed no client', 'here'],
  ['CVE-2026-67332 GHSA-p2fr-6hmx-4528', 'a token for a resource that was not granted', 'here'],
  ['CVE-2026-67333 GHSA-86j7-9j95-vpqj', 'a script as redirect', 'here'],
  ['GHSA-9h47-pqcx-hjr4', 'weak algorithms were on, and advertised', 'here'],
  ['CVE-2026-9802', 'a restart forgot what was used', 'here'],
  ['CVE-2026-8922', 'introspection did not know of revocation', 'here'],
  ['CVE-2023-0091', 'tokens of machines outlived revocation', 'here'],
  ['CVE-2026-43983 GHSA-w6p7-2fxx-4f44', 'a refresh outlived consent and account', 'here'],
  ['CVE-2023-22492', 'a refresh outlived the account', 'here'],
  ['GHSA-3rw9-wmc8-8948', "a session outlived the provider's", 'here'],
  ['CVE-2026-34969', 'a refresh token in a redirect', 'here'],
  ['CVE-2021-26715', 'the logo of a client was fetched', 'here'],
  ['CVE-2021-27582', 'parameters were bound to what they are not for', 'here'],
  ['CVE-2026-1180', 'the keys of a client were fetched at registration', 'here'],
  ['CVE-2025-27370', 'an assertion for another server counted', 'here'],
  ['CVE-2025-27371', 'an assertion for another server counted', 'here'],
  ['CVE-2024-52287', 'scopes were not limited to those configured', 'here'],
  ['CVE-2026-41427', 'anybody could make a privileged client', 'here'],
  // The world of MCP.
  ['CVE-2025-6514', 'an address from the metadata reached a shell', 'here'],
  ['CVE-2025-49596', 'web pages reached a local proxy', 'here'],
  ['CVE-2025-66414', 'a name was pointed at a local server', 'here'],
  ['CVE-2025-66416', 'a name was pointed at a local server', 'here'],
  ['CVE-2026-34742', 'a name was pointed at a local server', 'here'],
  ['CVE-2026-42559', 'a name was pointed at a local server', 'here'],
  ['CVE-2026-0621', 'a pattern took exponential time', 'here'],
  ['CVE-2026-27124 GHSA-rww4-4w9c-7733', "consent in the attacker's browser", 'here'],
  ['GHSA-6x8h-498w-gv8c', 'a remembered consent served who led the browser here', 'here'],
  // Runtime and framework.
  ['CVE-2026-22817', 'the token chose its algorithm', 'here'],
  ['CVE-2026-22818', 'the token chose its algorithm', 'here'],
  ['CVE-2015-9235', 'a token said that it needs no signature', 'here'],
  ['CVE-2016-5431', 'a public key served as an HMAC secret', 'here'],
  ['GHSA-869p-cjfg-cm3x', 'an HMAC was not verified', 'here'],
  ['CVE-2026-39410', 'a wide trim let one cookie shadow another', 'here'],
  ['CVE-2026-47673', 'any authentication scheme was taken', 'here'],
  ['CVE-2026-47674', 'other spellings of an IPv6 address', 'here'],
  ['CVE-2026-47675', 'cookie attributes were not checked', 'here'],
  ['CVE-2026-47676', 'a mount prefix was cut off undecoded', 'here'],
  ['CVE-2026-54290', 'any Origin was reflected with credentials', 'here'],
  ['GHSA-92vj-g62v-jqhh', 'the body limit could be passed by', 'here'],
  ['GHSA-2234-fmw7-43wr', 'no Content-Type, no check of the form', 'here'],
  ['GHSA-6wqw-2p9w-4vw4', 'a private answer was kept for others', 'here'],
  ['CVE-2026-29087', 'encoded slashes passed by the middleware', 'here'],
  ['CVE-2026-39406', 'doubled slashes passed by the middleware', 'here'],
  ['CVE-2026-21717', 'hashes of integer-like keys were predictable', 'here'],
  ['CVE-2026-21637', 'a server name crashed the runtime', 'here'],
  ['CVE-2026-21714', 'HTTP/2 leaked memory', 'here'],
]

const idPattern = /CVE-\d{4}-\d{4,}|GHSA(?:-[a-z0-9]{4}){3}/g

/** Everything but whole-line comments: titles and the rows that become titles. */
const namedIn = (pattern: string): ReadonlySet<string> =>
  new Set(
    globSync(pattern, { cwd: root })
      .filter((path) => path !== 'advisories.test.ts')
      .map((path) => readFileSync(join(root, path), 'utf8').replace(/^\s*(?:\/\/|\*).*$/gm, ''))
      .flatMap((text) => text.match(idPattern) ?? []),
  )

const here = namedIn('{unit/**/,}*.test.ts')
const e2e = namedIn('e2e/**/*.ts')

test.each(advisories)('%s: %s', (ids, _, shown) => {
  const all = ids.split(' ')
  expect(all.join(' ').match(idPattern)).toEqual(all)
  if (typeof shown === 'object') return expect(shown.notOurs).not.toBe('')
  const named = shown === 'here' ? here : e2e
  expect(all.filter((id) => named.has(id))).not.toEqual([])
})

// Whoever names another one adds its line, so that the table stays whole.
test('every advisory that a test names is in the table, and in it once', () => {
  const listed = advisories.flatMap(([ids]) => ids.split(' '))
  expect(new Set(listed).size).toBe(listed.length)
  expect([...here, ...e2e].filter((id) => !listed.includes(id))).toEqual([])
})
