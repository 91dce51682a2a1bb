// Every check that a proxy with our files in front of the real service has to pass, whichever proxy it is.

import { afterAll, beforeAll, describe } from 'vitest'
import { type StartEdge, startStage } from '../support/stage.ts'
import { credentialChecks } from './credential-checks.ts'
import { failureChecks } from './failure-checks.ts'
import { identityChecks } from './identity-checks.ts'
import { loginChecks } from './login-checks.ts'
import { mcpChecks } from './mcp-checks.ts'
import { type Edge, edgeTraits } from './proxy-traits.ts'
import { questionChecks } from './question-checks.ts'
import { serverChecks, serverSettings } from './server-checks.ts'
import { appHost, type StageUnderTest } from './stage-under-test.ts'
import { streamChecks } from './stream-checks.ts'
import { targetChecks } from './target-checks.ts'

export type EdgeUnderTest = Edge & {
  readonly name: string
  readonly start: StartEdge
  /** False leaves the checks out and has them reported as skipped. */
  readonly installed?: boolean
}

/** Registers the checks, with a stage of their own that is taken down afterwards. */
export function proxyChecks(edge: EdgeUnderTest): void {
  describe.runIf(edge.installed !== false)(edge.name, () => {
    let ready: StageUnderTest | undefined
    const setting = (): StageUnderTest => {
      if (ready === undefined) throw new Error('The stage is not set')
      return ready
    }
    beforeAll(async () => {
      const stage = await startStage(edge.start, serverSettings)
      const people = { alice: stage.visitor(), bob: stage.visitor() }
      ready = { stage, ...people }
      await people.alice.signIn(`https://${appHost}/`, 'alice')
      await people.bob.signIn(`https://${appHost}/`, 'bob')
    })
    afterAll(async () => {
      await ready?.stage.stop()
    })

    const traits = edgeTraits(edge)
    loginChecks(setting, traits)
    identityChecks(setting)
    credentialChecks(setting)
    targetChecks(setting, traits)
    questionChecks(setting, traits)
    streamChecks(setting, traits)
    mcpChecks(setting)
    serverChecks(setting)
    failureChecks(setting, traits)
  })
}
