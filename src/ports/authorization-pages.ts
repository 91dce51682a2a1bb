// The pages that the authorization server shows by itself: it knows what to say, somebody else how it looks.

/** A complete page. The headers include content type and policy. */
export type RenderedPage = {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type PageClient = {
  readonly id: string
  readonly name: string | undefined
  /** False: nobody but the client itself stands for the name. */
  readonly verified: boolean
  /** Host of a client-id document. */
  readonly documentHost: string | undefined
}

/**
 * The forms are those that oidc-provider makes: where they go and what they carry is read from them, nothing
 * else of them is shown. Each method throws when a form lacks its address or its token.
 *
 * `acceptLanguage` is the header of the request, as it came.
 */
export type AuthorizationPages = {
  readonly problem: (
    acceptLanguage: string | undefined,
    problem: {
      /** `invalid_redirect_uri`, `session_not_found` ... what is no such word is not shown. */
      readonly error: string
      /** May hold what a client sent. */
      readonly detail: string | undefined
      readonly decisionId: string
    },
  ) => Promise<RenderedPage>
  /** Asks for a user code. Takes the form that would send a code by itself too, and asks all the same. */
  readonly userCodeInput: (
    acceptLanguage: string | undefined,
    form: string,
    fault: 'wrong-code' | 'cancelled' | 'failed' | undefined,
  ) => Promise<RenderedPage>
  readonly userCodeConfirm: (
    acceptLanguage: string | undefined,
    form: string,
    device: {
      readonly client: PageClient
      /** With its separators, as the device shows it. */
      readonly userCode: string
      readonly resource: { readonly url: string; readonly name: string | undefined } | undefined
      readonly scopes: readonly {
        readonly scope: string
        readonly description: string | undefined
      }[]
    },
  ) => Promise<RenderedPage>
  readonly deviceDone: (
    acceptLanguage: string | undefined,
    client: PageClient,
  ) => Promise<RenderedPage>
  readonly signOut: (
    acceptLanguage: string | undefined,
    form: string,
    asked: {
      readonly client: PageClient | undefined
      /** Where the client wants the browser back, already checked: the page's policy has to let it go there. */
      readonly postLogoutRedirectUri: string | undefined
    },
  ) => Promise<RenderedPage>
  readonly signedOut: (acceptLanguage: string | undefined) => Promise<RenderedPage>
}
