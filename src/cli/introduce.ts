// What a person at the terminal reads after the start: where to go, and in development how to sign in.

import { createFirstAccount } from '../adapters/local-accounts.ts'
import type { Settings } from '../config/settings.ts'
import type { Clock } from '../ports/runtime.ts'
import type { Store } from '../ports/store.ts'

export type IntroduceParts = {
  readonly settings: Settings
  readonly file: string | undefined
  readonly store: Store
  readonly print: (line: string) => void
  readonly now: Clock
}

async function developmentAccount({ store, print, now }: IntroduceParts): Promise<void> {
  const account = await createFirstAccount(store.accounts, now)
  if (account === undefined) {
    print(
      '  Accounts:  as before ("npm run sallyport -- users list"; "users passwd NAME" sets a new password)',
    )
    return
  }
  print(`  Account:   ${account.name}`)
  print(`  Password:  ${account.password}   (shown this once)`)
}

/** Prints it. In development mode the first start makes one local account and shows its password once. */
export async function introduce(parts: IntroduceParts): Promise<void> {
  const { settings, file, store, print } = parts
  if (!settings.development) {
    if (settings.localAccounts && (await store.accounts.count()) === 0) {
      print('There is no local account yet: "sallyport users add NAME" makes one')
    }
    return
  }
  print('')
  print('Sallyport runs in DEVELOPMENT MODE: plain http, for this machine only.')
  print(`  Sign in:   ${settings.publicUrl.href}/login`)
  if (settings.localAccounts) await developmentAccount(parts)
  print(`  Decision:  curl -i ${settings.publicUrl.origin}/auth`)
  if (file === undefined) {
    print('  Settings:  none found; write sallyport.yaml (README.md has an example) for real use')
  }
  print('')
}
