// What is a person asked, and what follows from the answer? security.md R71-R77.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import { type Client, errors, type Interaction } from 'oidc-provider'
import type { AuthorizationServer, ConsentRequest, Visitor } from '../ports/authorization-server.ts'
import { epochSeconds, later } from '../protocol/time.ts'
import type { Binding } from './binding.ts'
import { digestOf } from './client-digest.ts'
import type { EngineParts } from './dependencies.ts'
import { findClient } from './find-client.ts'
import {
  findStandingConsent,
  makeGrant,
  mayRemember,
  rememberVisitor,
  type Terms,
  termsOf,
} from './grants.ts'
import { type Beginning, readBeginning } from './interaction-policy.ts'
import { findResource, plainAccess } from './resources.ts'

export type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse }

type Pending = {
  readonly interaction: Interaction
  readonly client: Client
  readonly beginning: Beginning
  readonly terms: Terms
}

type Consent = Pick<AuthorizationServer<Exchange>, 'findConsent' | 'decideConsent'>

const again: readonly string[] = ['login_prompt', 'max_age']

export type ConsentPorts = {
  readonly provider: () => Promise<Provider>
  readonly binding: Binding
}

/** What is over, or of another browser, is not there; a store that cannot be asked says nothing of it. */
function absentOrThrow(fault: unknown): undefined {
  if (!(fault instanceof errors.SessionNotFound)) throw fault
}

async function findPending(
  { provider: current, binding }: ConsentPorts,
  { request, response }: Exchange,
  uid: string,
): Promise<Pending | undefined> {
  const provider = await current()
  const interaction = await provider.interactionDetails(request, response).catch(absentOrThrow)
  if (interaction === undefined || interaction.uid !== uid) return undefined
  const beginning = readBeginning(interaction.prompt.details)
  const { cookies } = provider.createContext(request, response)
  if (beginning === undefined || !binding.isBound(cookies, beginning.browser)) return undefined
  const id = String(interaction.params['client_id'])
  const client = await findClient(provider, id)
  if (client === undefined || digestOf(client) !== beginning.clientDigest) return undefined
  return { interaction, client, beginning, terms: termsOf(interaction.params) }
}

/** Whether the person has to sign in (again) before anything else. */
function needsLogin({ interaction, beginning }: Pending, visitor: Visitor | undefined): boolean {
  if (visitor === undefined) return true
  const { name, reasons } = interaction.prompt
  if (name !== 'login' || !reasons.some((reason) => again.includes(reason))) return false
  return visitor.signedInAt < beginning.startedAt
}

function describeClient(client: Client, parts: EngineParts): ConsentRequest['client'] {
  const { clientId, clientName, clientUri } = client
  const configured = parts.settings.clients.some(({ id }) => id === clientId)
  return {
    id: clientId,
    name: clientName,
    verified: configured,
    documentHost: configured || !/^https?:/.test(clientId) ? undefined : URL.parse(clientId)?.host,
    uri: clientUri,
  }
}

function describe(
  pending: Pending,
  visitor: Visitor | undefined,
  parts: EngineParts,
): ConsentRequest {
  const { settings } = parts
  const { interaction, client, beginning, terms } = pending
  const { name, reasons } = interaction.prompt
  const renews = client.grantTypeAllowed('refresh_token')
  return {
    uid: interaction.uid,
    step: needsLogin(pending, visitor) ? 'login' : 'consent',
    client: describeClient(client, parts),
    redirectUri: terms.redirectUri,
    resource: findResource(terms.resource, settings, client.clientId),
    scopes: terms.scopes
      .filter((scope) => scope !== plainAccess)
      .map((scope) => ({ scope, description: settings.scopeDescriptions[scope] })),
    lifetime: renews ? settings.refreshLifetime : settings.accessTokenLifetime,
    mayRemember: mayRemember(parts, terms, beginning.isFromElsewhere),
    wantsLogin: name === 'login' && reasons.some((reason) => again.includes(reason)),
    startedAt: epochSeconds(beginning.startedAt),
  }
}

/** Whether there is nothing to ask a person who is signed in. */
async function isSettled(
  { interaction, client, beginning, terms }: Pending,
  visitor: Visitor,
  parts: EngineParts,
): Promise<boolean> {
  const prompts = String(interaction.params['prompt'] ?? '').split(' ')
  if (prompts.includes('consent') || interaction.prompt.name === 'consent') return false
  const request = { account: visitor.account, client, terms }
  return (await findStandingConsent(parts, request, beginning.isFromElsewhere)) !== undefined
}

/** The questions of one authorization server. */
export function createConsent(parts: EngineParts, ports: ConsentPorts): Consent {
  const { settings, dependencies } = parts
  const { now, log } = dependencies

  const allow = async (pending: Pending, visitor: Visitor, remember: boolean) => {
    const { client, terms, beginning } = pending
    const provider = await ports.provider()
    const remembered = remember && mayRemember(parts, terms, beginning.isFromElsewhere)
    await rememberVisitor(parts, visitor)
    const grantId = await makeGrant(provider, parts, {
      account: visitor.account,
      client,
      terms,
      rememberUntil: remembered ? later(now(), settings.rememberConsent) : undefined,
    })
    return { grantId }
  }

  return {
    findConsent: async (exchange, uid, visitor) => {
      const pending = await findPending(ports, exchange, uid)
      if (pending === undefined) return undefined
      const request = describe(pending, visitor, parts)
      const { result, returnTo } = pending.interaction
      if (result !== undefined) return { ...request, proceed: returnTo }
      if (visitor === undefined || request.step === 'login') return request
      if (!(await isSettled(pending, visitor, parts))) return request
      const provider = await ports.provider()
      const login = { accountId: visitor.account, ts: visitor.signedInAt }
      const { request: incoming, response } = exchange
      return {
        ...request,
        proceed: await provider.interactionResult(incoming, response, { login }),
      }
    },
    decideConsent: async (exchange, { uid, kind, remember, visitor }) => {
      const pending = await findPending(ports, exchange, uid)
      if (pending === undefined) return undefined
      const { interaction, client, terms } = pending
      // Whoever clicks twice has decided once.
      if (interaction.result !== undefined) return interaction.returnTo
      if (kind === 'allow' && needsLogin(pending, visitor)) return undefined
      const provider = await ports.provider()
      const { request, response } = exchange
      log.info(kind === 'allow' ? 'consent.given' : 'consent.denied', {
        client: client.clientId,
        account: visitor.account,
        resource: terms.resource,
        scopes: terms.scopes.filter((scope) => scope !== plainAccess),
      })
      if (kind === 'deny') {
        const error_description = 'the person did not agree'
        const result = { error: 'access_denied', error_description, account: visitor.account }
        return provider.interactionResult(request, response, result)
      }
      const consent = await allow(pending, visitor, remember)
      const login = { accountId: visitor.account, ts: visitor.signedInAt }
      return provider.interactionResult(request, response, { login, consent })
    },
  }
}
