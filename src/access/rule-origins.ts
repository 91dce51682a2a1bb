// On which origins does a rule ask for a person? There our own command line may have tokens.

import { parseHost, type Scheme } from '../protocol/host.ts'
import { type CompiledPolicy, compilePolicy } from './rules.ts'

/** A policy of the rules alone behind which a token can stand for a person. */
function guarded({ policy }: CompiledPolicy): CompiledPolicy {
  const rules = policy.rules.filter(
    ({ access, applicationAuthorization }) =>
      access !== 'public' && applicationAuthorization !== true,
  )
  return compilePolicy({ ...policy, rules, resources: [] })
}

/**
 * Whether a text is an origin, in canonical form, on which a rule asks for a person and takes tokens.
 *
 * @param policy the one in force, asked each time
 * @param scheme that of the public address
 */
export function createRuleOrigins(
  policy: () => CompiledPolicy,
  scheme: Scheme,
): (origin: string) => boolean {
  const made = new WeakMap<CompiledPolicy, CompiledPolicy>()
  const current = (): CompiledPolicy => {
    const compiled = policy()
    const before = made.get(compiled)
    if (before !== undefined) return before
    const rules = guarded(compiled)
    made.set(compiled, rules)
    return rules
  }
  return (origin) => {
    const host = parseHost(origin.slice(`${scheme}://`.length), scheme)
    if (host === undefined || origin !== `${scheme}://${host.value}`) return false
    return current().knowsHost(host.hostname, host.port)
  }
}
