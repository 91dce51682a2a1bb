import { describe, expect, test } from 'vitest'
import { refusalPage } from '../../../src/pages/refusal.ts'

const nonce = 'AAAAAAAAAAAAAAAAAAAAAA'

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
    const page = String(await refusalPage(nonce, content))
    expect(Buffer.byteLength(page)).toBeLessThan(4096)
    expect(page).toContain('href="https://auth.example.com/login?prompt=select_account"')
    expect(page).toContain('abcdefgh')
  })

  test.each([
    ['not-on-list', 'not on the list'],
    ['unverified-email', 'has not been verified'],
    ['other-account', 'with a different account'],
  ] as const)('says in plain words what is wrong when the reason is %s', async (reason, words) => {
    const content = { account: 'me', reason, decisionId: 'x', switchUrl: '/s', logoutUrl: '/l' }
    expect(String(await refusalPage(nonce, content))).toContain(words)
  })
})
