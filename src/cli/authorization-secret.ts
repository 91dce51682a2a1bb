// The authorization server's secret: given, or made and kept at the first start.

import { randomToken } from '../adapters/random.ts'
import { readOrCreateSecret } from '../adapters/secret-file.ts'
import type { AuthorizationSecret, AuthorizationServerChoice } from '../config/settings.ts'
import type { AuthorizationServerSettings } from '../ports/authorization-server.ts'

/**
 * A secret of ours: given, from a file that is made when there is none, or for this run only.
 *
 * @throws SecretFileFault when the file cannot be used
 */
export async function resolveSecret(choice: AuthorizationSecret): Promise<string> {
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
  secret: await resolveSecret(settings.secret),
})
