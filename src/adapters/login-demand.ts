// How a provider is asked for a second factor and for a recent sign-in (OpenID Connect Core 1.0 §3.1.2.1).

import type { LoginOptions } from '../ports/identity-provider.ts'
import type { Behaviour } from './providers/behaviour.ts'

/**
 * The parameters of the authorization request for what a login is to show.
 *
 * @param contexts values of `acr` that stand for two factors; with none of them all we can do is to have the person
 *   sign in once more, and look at how they did it
 */
export function formatDemand(
  { selectAccount, demand }: LoginOptions,
  contexts: readonly string[],
  { askForContext }: Behaviour,
): Readonly<Record<string, string>> {
  const { factor, maxAge } = demand ?? {}
  const byContext = factor === 2 && contexts.length > 0
  const usual = { acr_values: contexts.join(' ') }
  // Not every provider heeds `max_age`; all of them know `prompt`.
  const again = maxAge !== undefined || (factor === 2 && !byContext)
  const prompts = [...(selectAccount ? ['select_account'] : []), ...(again ? ['login'] : [])]
  return {
    ...(byContext ? (askForContext?.(contexts) ?? usual) : {}),
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    ...(prompts.length === 0 ? {} : { prompt: prompts.join(' ') }),
  }
}
