// The pages that the authorization server shows by itself: it knows what to say, somebody else how it looks.

/** What a page has to say. All texts may come from others: whoever shows them escapes and cleans them. */
export type ServerPage =
  /** Something is wrong, and there is no address that may be told. */
  | {
      readonly kind: 'problem'
      /** An error code; what does not look like one is not shown. */
      readonly error: string
      readonly description: string | undefined
      /** Also in the log. */
      readonly id: string
    }
  /** Asks for the code that a device shows. `fault`: why it is asked again. RFC 8628 §3.3 */
  | {
      readonly kind: 'device-code'
      readonly action: string
      readonly token: string
      /** What came with the address: to be compared, not sent by itself. */
      readonly code: string | undefined
      readonly fault: 'unknown-code' | 'refused' | undefined
    }
  /** Lets the person compare the code with the device's. RFC 8628 §5.4 */
  | {
      readonly kind: 'device-confirmation'
      readonly action: string
      readonly token: string
      readonly code: string
      readonly client: string
      /** True: the operator stands for the client's name. */
      readonly verified?: boolean
      readonly resource?: { readonly url: string; readonly name: string | undefined } | undefined
      readonly scopes?: readonly {
        readonly scope: string
        readonly description: string | undefined
      }[]
    }
  | { readonly kind: 'device-done' }
  /** Asks whether to sign out. OpenID Connect RP-Initiated Logout 1.0 §2 */
  | {
      readonly kind: 'sign-out'
      readonly action: string
      readonly token: string
      readonly client?: string | undefined
      /** Where the client wants the browser back, already checked: the page's policy has to let the form end there. */
      readonly returnUri?: string | undefined
    }
  | { readonly kind: 'signed-out' }
  /** The person stayed: only the client that asked has ended its sign-in. */
  | { readonly kind: 'still-signed-in' }

export type RenderedPage = {
  readonly body: string
  /** Complete, those of R129 among them. */
  readonly headers: Readonly<Record<string, string>>
}

/** Renders a page in the language of an `Accept-Language` header. */
export type RenderPage = (
  page: ServerPage,
  acceptLanguage: string | undefined,
) => Promise<RenderedPage>
