// The pages of the authorization server in our look, with the headers that every page has (security.md R78, R129).

import { randomBytes } from 'node:crypto'
import type { LookFor } from '../appearance/look.ts'
import { authorizationProblemPage } from '../pages/authorization-problem.ts'
import { clientSignedOutPage, clientSignOutPage } from '../pages/client-sign-out.ts'
import { deviceDonePage, userCodeConfirmPage, userCodePage } from '../pages/device.ts'
import type { Frame } from '../pages/layout.ts'
import type { AuthorizationPages, RenderedPage } from '../ports/authorization-pages.ts'
import { formActionOf } from '../protocol/form-action.ts'
import { readLibraryForm } from './library-form.ts'
import { type Html, pageHeaders } from './reply.ts'

export type AuthorizationPagesDependencies = {
  readonly lookFor: LookFor
  readonly https: boolean
}

/** Makes the pages. They are complete answers but for the status, which is the server's to say. */
export function createAuthorizationPages(deps: AuthorizationPagesDependencies): AuthorizationPages {
  const render = async (
    acceptLanguage: string | undefined,
    content: (frame: Frame) => Html,
    formAction: readonly string[] = [],
  ): Promise<RenderedPage> => {
    const nonce = randomBytes(16).toString('base64url')
    const body = String(await content({ ...deps.lookFor(acceptLanguage), nonce }))
    return { headers: pageHeaders(nonce, { https: deps.https, formAction }), body }
  }
  return {
    problem: (acceptLanguage, problem) =>
      render(acceptLanguage, (frame) => authorizationProblemPage(frame, problem)),
    userCodeInput: (acceptLanguage, form, fault) =>
      render(acceptLanguage, (frame) => userCodePage(frame, { ...readLibraryForm(form), fault })),
    userCodeConfirm: (acceptLanguage, form, device) => {
      const content = { ...device, ...readLibraryForm(form), shownCode: device.userCode }
      return render(acceptLanguage, (frame) => userCodeConfirmPage(frame, content))
    },
    deviceDone: (acceptLanguage, client) =>
      render(acceptLanguage, (frame) => deviceDonePage(frame, client)),
    signOut: (acceptLanguage, form, { client, postLogoutRedirectUri: back }) =>
      render(
        acceptLanguage,
        (frame) => clientSignOutPage(frame, { ...readLibraryForm(form), client }),
        back === undefined ? [] : formActionOf(back),
      ),
    signedOut: (acceptLanguage) => render(acceptLanguage, clientSignedOutPage),
  }
}
