import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { english } from '../../../src/appearance/english.ts'
import { builtInLanguages } from '../../../src/appearance/languages.ts'
import { type Look, plainBranding } from '../../../src/appearance/look.ts'
import type { Phrase } from '../../../src/appearance/messages.ts'
import { accountPage } from '../../../src/pages/account.ts'
import { authorizationProblemPage } from '../../../src/pages/authorization-problem.ts'
import { clientSignedOutPage, clientSignOutPage } from '../../../src/pages/client-sign-out.ts'
import { consentPage, goOnPage, signInFirstPage } from '../../../src/pages/consent.ts'
import { deviceDonePage, userCodeConfirmPage, userCodePage } from '../../../src/pages/device.ts'
import type { Frame, Markup } from '../../../src/pages/layout.ts'
import { loginPage } from '../../../src/pages/login.ts'
import { loginLoopPage, problemPage } from '../../../src/pages/problem.ts'
import { refusalPage } from '../../../src/pages/refusal.ts'
import {
  logoutPage,
  notSignedInPage,
  signedInPage,
  signedOutPage,
} from '../../../src/pages/session.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'

const nonce = 'AAAAAAAAAAAAAAAAAAAAAA'

type Rendering = Markup | Promise<string>

/** Every page with the same text wherever a text goes in. */
const everyPage = (look: Look, text: string): readonly Rendering[] => {
  const frame: Frame = { ...look, nonce }
  const said: Phrase = ['not-confirmed.said', { text }]
  const local = { action: text, csrf: text, returnTo: text, name: text, error: said }
  const providers = [{ label: text, url: text }]
  const links = { switchUrl: text, logoutUrl: text, loginUrl: text, retryUrl: text }
  const account = { account: text, decisionId: text, cookieName: text, applicationHost: text }
  const all = { ...links, ...account }
  const client = { id: text, name: text, verified: false, documentHost: text }
  const resource = { url: text, name: text }
  const scopes = [
    { scope: text, description: undefined },
    { scope: 'a', description: text },
  ]
  const asked = { client, redirectUri: text, resource, scopes }
  const form = { action: text, token: text, code: text, csrf: text }
  const grant = { ...form, scopes, grantId: text, clientId: text, clientName: text }
  const when = { createdAt: epochSeconds(0), lastUsedAt: undefined }
  return [
    signInFirstPage(frame, { ...all, ...asked }),
    consentPage(frame, { ...all, ...asked, ...form, lifetime: seconds(60), mayRemember: true }),
    goOnPage(frame, { client, url: text }),
    accountPage(frame, {
      ...all,
      name: text,
      email: text,
      unverifiedEmail: text,
      username: text,
      provider: text,
      grants: [{ ...grant, ...when, resource: text }],
      news: 'account.ended',
      endAction: text,
    }),
    userCodePage(frame, { ...form, fault: 'unknown-code' }),
    userCodeConfirmPage(frame, { ...form, client: text, resource, scopes }),
    deviceDonePage(frame),
    clientSignOutPage(frame, { ...form, client: text }),
    clientSignedOutPage(frame),
    authorizationProblemPage(frame, { error: text, description: text, id: text }),
    loginPage(frame, { providers, local, destination: text }),
    signedInPage(frame, { ...all, accountUrl: text }),
    notSignedInPage(frame, all),
    logoutPage(frame, { ...all, action: text, csrf: text }),
    signedOutPage(frame, all),
    refusalPage(frame, { ...all, reason: 'not-on-list' }),
    problemPage(frame, {
      ...all,
      title: 'fault.title',
      explanation: [said],
      next: { label: 'action.try-again', url: text },
    }),
    loginLoopPage(frame, { ...all, missingAt: 'here', causes: [said] }),
    loginLoopPage(frame, { ...all, missingAt: 'application', causes: [said] }),
  ]
}

const shouted = Object.fromEntries(
  Object.entries(english).map(([key, text]) => [key, `<b>${text}`]),
)

describe('layout()', () => {
  test.each(builtInLanguages)(
    'has language, title, one heading, one main part and nothing from elsewhere in $tag (R129)',
    async (language) => {
      for (const markup of everyPage({ language, branding: plainBranding }, 'plain')) {
        const page = String(await markup)
        expect(page.startsWith('<!doctype html>')).toBe(true)
        expect(page).toContain(`<html lang="${language.tag}">`)
        expect(page).toMatch(/<title>[^<]+<\/title>/)
        expect(page.match(/<h1>/g)).toHaveLength(1)
        expect(page.match(/<main>/g)).toHaveLength(1)
        expect(page.match(/<style/g)).toEqual(['<style'])
        expect(page).toContain(`<style nonce="${nonce}">`)
        expect(page).not.toMatch(/<script|<link|<img|url\(|@import|\sstyle=|\son\w+=|https?:/)
        expect(page).not.toMatch(/\{[a-z]+\}<|undefined/)
      }
    },
  )

  test('escapes every text whatever it holds, in every language (R76, R128)', async () => {
    const hostile = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `${text}"'><script>`)
    await fc.assert(
      fc.asyncProperty(hostile, fc.constantFrom(...builtInLanguages), async (text, language) => {
        const branding = { ...plainBranding, name: text, logoUrl: text }
        for (const markup of everyPage({ language, branding }, text)) {
          const page = String(await markup)
          expect(page).not.toContain('<script')
          expect(page).not.toContain(`"'>`)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('escapes the messages themselves: a file may bring them', async () => {
    const language = { tag: 'xx', direction: 'ltr', messages: { ...english, ...shouted } } as const
    for (const markup of everyPage({ language, branding: plainBranding }, 'plain')) {
      const page = String(await markup)
      expect(page).not.toContain('<b>')
      expect(page).toContain('&lt;b&gt;')
    }
  })

  test('says the direction of a language that is written from right to left', () => {
    const language = { tag: 'he', direction: 'rtl', messages: english } as const
    const frame = { nonce, language, branding: plainBranding }
    expect(String(signedOutPage(frame, { loginUrl: '/login' }))).toContain(
      '<html lang="he" dir="rtl">',
    )
  })

  test('shows name, logo and accent of the operator', () => {
    const [language] = builtInLanguages
    if (language === undefined) throw new Error('No language')
    const branding = {
      name: 'Harbour & Sons',
      logoUrl: 'https://auth.example.com/logo',
      accent: { light: '#8a1538', dark: '#ff9db5' },
    } as const
    const page = String(signedOutPage({ nonce, language, branding }, { loginUrl: '/login' }))
    expect(page).toContain('<img src="https://auth.example.com/logo" alt="">')
    expect(page).toContain('<strong>Harbour &amp; Sons</strong>')
    expect(page).toContain('<title>You are signed out - Harbour &amp; Sons</title>')
    expect(page).toContain('--main:#8a1538')
    expect(page).toContain('--main:#ff9db5')
  })
})
