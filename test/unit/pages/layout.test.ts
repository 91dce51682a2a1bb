import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loginPage } from '../../../src/pages/login.ts'
import { loginLoopPage, problemPage } from '../../../src/pages/problem.ts'
import { refusalPage } from '../../../src/pages/refusal.ts'
import {
  logoutPage,
  notSignedInPage,
  signedInPage,
  signedOutPage,
} from '../../../src/pages/session.ts'

const nonce = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Every page with the same text wherever a text goes in. */
const everyPage = (text: string) => {
  const local = { action: text, csrf: text, returnTo: text, name: text, error: text }
  const providers = [{ label: text, url: text }]
  const links = { switchUrl: text, logoutUrl: text, loginUrl: text, retryUrl: text }
  const account = { account: text, decisionId: text, cookieName: text, applicationHost: text }
  const all = { ...links, ...account }
  return [
    loginPage(nonce, { providers, local, destination: text }),
    signedInPage(nonce, all),
    notSignedInPage(nonce, all),
    logoutPage(nonce, { ...all, action: text, csrf: text }),
    signedOutPage(nonce, all),
    refusalPage(nonce, { ...all, reason: 'not-on-list' }),
    problemPage(nonce, {
      ...all,
      title: text,
      explanation: [text],
      next: { label: text, url: text },
    }),
    loginLoopPage(nonce, { ...all, missingAt: 'here', causes: [text] }),
  ]
}

describe('layout()', () => {
  test('has language, title, one heading, one main part and nothing from elsewhere (R129)', async () => {
    for (const markup of everyPage('plain')) {
      const page = String(await markup)
      expect(page.startsWith('<!doctype html>')).toBe(true)
      expect(page).toContain('<html lang="en">')
      expect(page).toMatch(/<title>[^<]+<\/title>/)
      expect(page.match(/<h1>/g)).toHaveLength(1)
      expect(page.match(/<main>/g)).toHaveLength(1)
      expect(page.match(/<style/g)).toEqual(['<style'])
      expect(page).toContain(`<style nonce="${nonce}">`)
      expect(page).not.toMatch(/<script|<link|<img|url\(|@import|\sstyle=|\son\w+=|https?:/)
    }
  })

  test('escapes every text whatever it holds (R76, R128)', async () => {
    const hostile = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `${text}"'><script>`)
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        for (const markup of everyPage(text)) {
          const page = String(await markup)
          expect(page).not.toContain('<script')
          expect(page).not.toContain(`"'>`)
        }
      }),
    )
  })
})
