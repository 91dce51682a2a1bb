// Every check that a proxy with our files in front of the real service has to pass, whichever proxy it is.

import { afterAll, beforeAll, describe } from 'vitest'
import { answersOf, type Dialect } from '../../../src/protocol/dialects.ts'
import { type StartEdge, startStage } from '../support/stage.ts'
import { credentialChecks } from './credential-checks.ts'
import { failureChecks } from './failure-checks.ts'
import { identityChecks } from './identity-checks.ts'
import { loginChecks } from './login-checks.ts'
import { mcpChecks } from './mcp-checks.ts'
import { questionChecks } from './question-checks.ts'
import { appHost, type StageUnderTest } from './stage-under-test.ts'
import { streamChecks } from './stream-checks.ts'
import { targetChecks } from './target-checks.ts'

export type Edge = {
  readonly name: string
  /** Last part of the decision's path. */
  readonly dialect: Dialect
  /** It cannot be told which headers to send along with the question, only which not. */
  readonly sendsAllHeaders?: boolean
  readonly start: StartEdge
}

/** Registers the checks, with a stage of their own that is taken down afterwards. */
export function proxyChecks(edge: Edge): void {
  describe(edge.name, () => {
    let ready: StageUnderTest | undefined
    const setting = (): StageUnderTest => {
      if (ready === undefined) throw new Error('The stage is not set')
      return ready
    }
    beforeAll(async () => {
      const stage = await startStage(edge.start)
      const people = { alice: stage.visitor(), bob: stage.visitor() }
      ready = { stage, ...people }
      await people.alice.signIn(`https://${appHost}/`, 'alice')
      await people.bob.signIn(`https://${appHost}/`, 'bob')
    })
    afterAll(async () => {
      await ready?.stage.stop()
    })

    loginChecks(setting, answersOf[edge.dialect] === 'status-only')
    identityChecks(setting)
    credentialChecks(setting)
    targetChecks(setting)
    questionChecks(setting, edge.dialect, edge.sendsAllHeaders !== true)
    streamChecks(setting)
    mcpChecks(setting)
    failureChecks(setting)
  })
}
