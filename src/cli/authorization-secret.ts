// The authorization server's secret: given, or made and kept at the first start.

import { randomToken } from '../adapters/random.ts'
import { readOrCreateSecret } from '../adapters/secret-file.ts'
import type { AuthorizationSecret, AuthorizationServerChoice } from '../config/settings.ts'
import type { AuthorizationServerSettings } from '../ports/authorization-server.ts'

async function resolve(choice: AuthorizationSecret): Promise<string> {
  switch (choice.kind) {
    case 'given':
      return choice.value.reveal()
    case 'file':
      return readOrCreateSecret(choice.path, choice.readableByOthers)
    case 'memory':
      // As long as the store, which is in memory too.
      return randomToken()
  }
}

/**
 * The settings as the engine takes them.
 *
 * @throws SecretFileFault when the secret's file cannot be used
 */
export const resolveAuthorizationSecret = async (
  settings: AuthorizationServerChoice,
): Promise<AuthorizationServerSettings> => ({
  ...settings,
  secret: await resolve(settings.secret),
})
