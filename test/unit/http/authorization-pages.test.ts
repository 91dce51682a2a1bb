import { describe, expect, test } from 'vitest'
import { builtInLanguages, englishLanguage } from '../../../src/appearance/languages.ts'
import { createLookFor, plainBranding } from '../../../src/appearance/look.ts'
import { createRenderPage } from '../../../src/http/authorization-pages.ts'
import type { ServerPage } from '../../../src/ports/authorization-pages.ts'

const languages = { fallback: englishLanguage, all: builtInLanguages }
const renderPage = createRenderPage({
  lookFor: createLookFor(languages, plainBranding),
  https: true,
})

const form = { action: 'https://auth.example.com/device', token: 'the-token' }
const confirmation = {
  ...form,
  kind: 'device-confirmation',
  code: 'ABCD-EFGH',
  client: 'Television',
} as const
const signOut = { ...form, kind: 'sign-out' } as const
const problem = {
  kind: 'problem',
  error: 'invalid_redirect_uri',
  description: 'redirect_uri is not registered',
  id: 'k3x9m2p7',
} as const

const every: readonly ServerPage[] = [
  problem,
  { ...form, kind: 'device-code', code: undefined, fault: undefined },
  { ...form, kind: 'device-code', code: 'ABCD', fault: 'unknown-code' },
  { ...form, kind: 'device-code', code: undefined, fault: 'refused' },
  confirmation,
  { kind: 'device-done' },
  signOut,
  { kind: 'signed-out' },
  { kind: 'still-signed-in' },
]

describe('createRenderPage()', () => {
  test.each(every)(
    'gives every page the strict policy, no script and the language asked for: %o (R78, R129)',
    async (page) => {
      const { headers, body } = await renderPage(page, 'de')
      expect(body).toContain('<html lang="de">')
      expect(body).not.toMatch(/<script|\son\w+=|\sstyle=|placeholder/)
      const policy = headers['Content-Security-Policy'] ?? ''
      const [, nonce = 'none'] = /'nonce-([\w-]+)'/.exec(policy) ?? []
      expect(body).toContain(`<style nonce="${nonce}">`)
      expect(policy).toContain("form-action 'self'; frame-ancestors 'none'")
      expect(headers).toMatchObject({
        'Cache-Control': 'no-store',
        'X-Frame-Options': 'DENY',
        'Content-Type': 'text/html; charset=utf-8',
        'Strict-Transport-Security': 'max-age=31536000',
      })
    },
  )

  test('gives each answer a nonce of its own (R129)', async () => {
    const [one, other] = [
      await renderPage(problem, undefined),
      await renderPage(problem, undefined),
    ]
    expect(one.headers['Content-Security-Policy']).not.toBe(
      other.headers['Content-Security-Policy'],
    )
  })

  test('says what happened in words, the code, and the number that is in the log (R59)', async () => {
    const { body } = await renderPage(problem, undefined)
    expect(body).toContain('an address that it has not registered')
    expect(body).toContain('<code>invalid_redirect_uri</code>')
    expect(body).toContain('redirect_uri is not registered')
    expect(body).toContain('<code>k3x9m2p7</code>')
  })

  test.each([
    ['invalid_client', 'is not known here'],
    ['session_not_found', 'has expired'],
    ['invalid_target', 'something that is not here'],
    ['access_denied', 'Access was refused'],
    ['server_error', 'This is our fault'],
    ['invalid_request', 'incomplete or not allowed'],
    ['some_new_code', 'incomplete or not allowed'],
  ])('explains %s in plain words', async (error, words) => {
    const { body } = await renderPage({ ...problem, error, description: undefined }, undefined)
    expect(body).toContain(words)
    expect(body).toContain(`<code>${error}</code>`)
    expect(body).not.toContain('In technical words')
  })

  test('shows what came from a client as harmless text, and nothing as a code that is none (R76)', async () => {
    const error = '<script>alert(1)</script>'
    const description = `client "<img src=x>"\u202E\n${'y'.repeat(10_000)}`
    const { body } = await renderPage({ ...problem, error, description }, undefined)
    expect(body).not.toMatch(/<script|<img|\u202E/)
    expect(body).toContain('client &quot;&lt;img src=x&gt;&quot; yyy')
    expect(body.length).toBeLessThan(6000)
  })

  test('asks for a code even when one came with the address (RFC 8628 §3.3.1)', async () => {
    const page = { ...form, kind: 'device-code', code: '"><b>', fault: undefined } as const
    const { body } = await renderPage(page, undefined)
    expect(body).toContain('<input id="code" name="user_code" value="&quot;&gt;&lt;b&gt;"')
    expect(body).toContain('name="xsrf" value="the-token"')
    expect(body).toContain('<label for="code">')
  })

  test.each([
    ['unknown-code', 'This code is not right'],
    ['refused', 'You have refused the device'],
  ] as const)('says why it asks again: %s', async (fault, words) => {
    const page = { ...form, kind: 'device-code', code: undefined, fault } as const
    const { body } = await renderPage(page, undefined)
    expect(body).toMatch(new RegExp(`<p role="alert" id="problem">${words}`))
    expect(body).toMatch(new RegExp(`<title>${words}`))
  })

  test('lets the code be compared, and neither button is the other (RFC 8628 §5.4)', async () => {
    const { body } = await renderPage(confirmation, undefined)
    expect(body).toContain('<strong>Television</strong>')
    expect(body).toContain('<code class="big">ABCD-EFGH</code>')
    expect(body).toContain('name="user_code" value="ABCD-EFGH"')
    expect(body).toContain('<button class="go" name="confirm" value="yes">')
    expect(body).toContain('<button class="go alt" name="abort" value="yes">')
    expect(body).toContain('chose its name itself')
  })

  test('says for what a device asks when that is known (R72)', async () => {
    const page = {
      ...confirmation,
      verified: true,
      resource: { url: 'https://mcp.example.com/mcp', name: 'Harbour notes' },
      scopes: [{ scope: 'notes:read', description: 'Read your notes' }],
    }
    const { body } = await renderPage(page, undefined)
    expect(body).toContain('<strong>Harbour notes</strong>')
    expect(body).toContain('<li>Read your notes</li>')
    expect(body).not.toContain('chose its name itself')
  })

  test('asks before signing out, and lets the form end where the client is (R129)', async () => {
    const returnUri = 'https://app.example.net/bye?x=1'
    const page = { ...signOut, client: 'The \u202Eshop', returnUri }
    const { body, headers } = await renderPage(page, undefined)
    expect(body).toContain('<strong>The shop</strong> asks to sign you out')
    expect(body).toContain('<button class="go" name="logout" value="yes">')
    expect(headers['Content-Security-Policy']).toContain(
      "form-action 'self' https://app.example.net;",
    )
  })

  test.each([
    [{ kind: 'signed-out' }, 'en', 'You are signed out'],
    [{ kind: 'still-signed-in' }, 'en', 'You are still signed in here'],
    [{ kind: 'still-signed-in' }, 'de', 'Sie sind hier weiter angemeldet'],
  ] as const)('says whether anybody is still signed in here: %o, %s', async (page, tag, title) => {
    expect((await renderPage(page, tag)).body).toContain(`<title>${title}</title>`)
  })
})
