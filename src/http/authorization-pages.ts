// The pages of the authorization server in our look, with the headers that every page has (security.md R78, R129).

import { randomBytes } from 'node:crypto'
import type { LookFor } from '../appearance/look.ts'
import { authorizationProblemPage } from '../pages/authorization-problem.ts'
import {
  clientSignedOutPage,
  clientSignOutPage,
  clientStayedPage,
} from '../pages/client-sign-out.ts'
import { deviceDonePage, userCodeConfirmPage, userCodePage } from '../pages/device.ts'
import type { Frame, Markup } from '../pages/layout.ts'
import type { RenderPage, ServerPage } from '../ports/authorization-pages.ts'
import { formActionOf } from '../protocol/form-action.ts'
import { pageHeaders } from './reply.ts'

function render(frame: Frame, page: ServerPage): Markup {
  switch (page.kind) {
    case 'problem':
      return authorizationProblemPage(frame, page)
    case 'device-code':
      return userCodePage(frame, page)
    case 'device-confirmation':
      return userCodeConfirmPage(frame, page)
    case 'device-done':
      return deviceDonePage(frame)
    case 'sign-out':
      return clientSignOutPage(frame, page)
    case 'signed-out':
      return clientSignedOutPage(frame)
    case 'still-signed-in':
      return clientStayedPage(frame)
  }
}

/** Where the form of a page ends besides here. */
const formActionFor = (page: ServerPage): readonly string[] =>
  page.kind === 'sign-out' && page.returnUri !== undefined ? formActionOf(page.returnUri) : []

/** Makes what renders the pages: complete but for the status, which is the server's to say. */
export const createRenderPage =
  (deps: { readonly lookFor: LookFor; readonly https: boolean }): RenderPage =>
  async (page, acceptLanguage) => {
    const nonce = randomBytes(16).toString('base64url')
    const body = String(await render({ ...deps.lookFor(acceptLanguage), nonce }, page))
    const headers = pageHeaders(nonce, { https: deps.https, formAction: formActionFor(page) })
    return { headers, body }
  }
