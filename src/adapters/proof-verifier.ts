// Proofs of possession at the gate: verified, and each counted once over all processes. RFC 9449 §11.1.

import type { ArtifactStore } from '../ports/authorization-store.ts'
import type { Hash } from '../ports/store.ts'
import type { ProofVerifier } from '../ports/token-verifier.ts'
import { verifyDpopProof } from '../protocol/dpop.ts'

export type ProofVerifierPorts = {
  readonly artifacts: Pick<ArtifactStore, 'spend'>
  readonly hashOf: (value: string) => Hash
}

/**
 * Verifies proofs and spends their `jti`. What was spent is kept until the proof is too old to be shown
 * again, so a restart forgets nothing.
 *
 * A fault of the store rejects: the caller answers 503, never "valid".
 *
 * @see security.md R96
 */
export function createProofVerifier({ artifacts, hashOf }: ProofVerifierPorts): ProofVerifier {
  return {
    verify: async ({ value, method, url }, { token, thumbprint }, now) => {
      const proofs = value === undefined ? [] : [value]
      const request = {
        proofs,
        method,
        url,
        accessToken: token,
        expectedThumbprint: thumbprint,
      }
      const judgement = await verifyDpopProof(request, now)
      if (judgement.kind === 'rejected') return judgement
      const { jkt, jti, replayUntil } = judgement
      const spent = await artifacts.spend(hashOf(JSON.stringify([jkt, jti])), replayUntil, now)
      return spent === 'fresh' ? 'valid' : { kind: 'rejected', reason: 'replayed' }
    },
  }
}
