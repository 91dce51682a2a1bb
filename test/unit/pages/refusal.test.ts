import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { english } from '../../../src/appearance/english.ts'
import { builtInLanguages, englishLanguage } from '../../../src/appearance/languages.ts'
import { plainBranding, plainLook } from '../../../src/appearance/look.ts'
import { longestRefusal, refusalBytes } from '../../../src/appearance/messages.ts'
import { refusalPage } from '../../../src/pages/refusal.ts'

const nonce = 'AAAAAAAAAAAAAAAAAAAAAA'
const frame = { ...plainLook, nonce }
const reasons = ['not-on-list', 'unverified-email', 'other-account'] as const

describe('refusalPage()', () => {
  test('stays below 4 KiB whatever is put in (proxies.md rule 12)', async () => {
    const url = `https://auth.example.com/login?prompt=select_account&rd=${'%2F'.repeat(2048)}`
    const content = {
      account: '"'.repeat(256),
      reason: 'unverified-email' as const,
      decisionId: 'abcdefgh',
      switchUrl: url,
      logoutUrl: 'https://auth.example.com/logout',
    }
    const page = await refusalPage(frame, content)
    expect(Buffer.byteLength(page)).toBeLessThan(4096)
    expect(page).toContain('href="https://auth.example.com/login?prompt=select_account"')
    expect(page).toContain('abcdefgh')
  })

  test('stays below 4 KiB in every language, with a brand and the longest texts (proxies.md rule 12)', async () => {
    const longest = 'ᠠ'.repeat(40)
    const places: Readonly<Record<string, string>> = {
      'refusal.account': '{account}',
      'refusal.number': '{id}',
    }
    const long = Object.fromEntries(
      Object.keys(english)
        .filter((key) => key.startsWith('refusal.') || key.startsWith('action.'))
        .map((key) => [key, `${'ᠠ'.repeat(69)}${places[key] ?? ''}`]),
    )
    const wide = { ...englishLanguage, messages: { ...english, ...long } }
    // As much as a language file may say on this page.
    expect(refusalBytes(wide.messages)).toBeGreaterThan(longestRefusal - 50)
    expect(refusalBytes(wide.messages)).toBeLessThanOrEqual(longestRefusal)
    const text = fc.string({ unit: 'binary', maxLength: 300 })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...builtInLanguages, wide),
        fc.constantFrom(...reasons),
        fc.constantFrom(undefined, 'Harbour', longest, '"'.repeat(40)),
        fc.record({ account: text, path: fc.nat(700).map((count) => '%2F'.repeat(count)) }),
        async (language, reason, name, { account, path }) => {
          const branding = { ...plainBranding, name, logoUrl: 'https://auth.example.com/logo' }
          const page = await refusalPage(
            { nonce, language, branding },
            {
              account,
              reason,
              decisionId: 'abcdefgh',
              switchUrl: `https://auth.example.com/login?prompt=select_account&rd=${path}`,
              logoutUrl: 'https://auth.example.com/logout',
            },
          )
          expect(Buffer.byteLength(page)).toBeLessThan(4096)
          expect(page).toContain('abcdefgh')
          expect(page).not.toContain('<img')
        },
      ),
    )
  })

  test('keeps the way back and the brand when there is room, in German too', async () => {
    const german = builtInLanguages.find(({ tag }) => tag === 'de')
    if (german === undefined) throw new Error('No German')
    const branding = { ...plainBranding, name: 'Harbour & Sons' }
    const rd = encodeURIComponent(`https://app.example.com/${'report/'.repeat(40)}`)
    const page = await refusalPage(
      { nonce, language: german, branding },
      {
        account: 'alice.with.a.long.name@department.example.com',
        reason: 'unverified-email',
        decisionId: 'abcdefgh',
        switchUrl: `https://auth.example.com/login?prompt=select_account&rd=${rd}`,
        logoutUrl: 'https://auth.example.com/logout',
      },
    )
    expect(page).toContain(rd)
    expect(page).toContain('Harbour &amp; Sons')
    expect(page).toContain('alice.with.a.long.name@department.example.com')
  })

  test.each([
    ['not-on-list', 'not on the list'],
    ['unverified-email', 'has not been verified'],
    ['other-account', 'with a different account'],
  ] as const)('says in plain words what is wrong when the reason is %s', async (reason, words) => {
    const content = { account: 'me', reason, decisionId: 'x', switchUrl: '/s', logoutUrl: '/l' }
    expect(await refusalPage(frame, content)).toContain(words)
  })
})
