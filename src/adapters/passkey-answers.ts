// The JSON in which a browser brings a passkey's answer, as far as it is looked at. WebAuthn Level 3 §5.1

import { z } from 'zod'

// What the library reads, and no more: it was not written for a document of any shape.
const base64url = z
  .string()
  .max(8192)
  .regex(/^[\w-]*$/)
const transports = z.array(z.string().regex(/^[a-z-]{1,32}$/)).max(8)
const credential = {
  id: base64url.min(1).max(1366),
  rawId: base64url.min(1).max(1366),
  type: z.literal('public-key'),
}
const assertionSchema = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.max(88).nullish(),
  }),
})
const attestationSchema = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: transports.optional().catch(undefined),
  }),
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The answer of `navigator.credentials.get()`. */
export const parseAssertion = (text: string) => assertionSchema.safeParse(parseJson(text))

/** The answer of `navigator.credentials.create()`. */
export const parseAttestation = (text: string) => attestationSchema.safeParse(parseJson(text))

const clientDataSchema = z.object({ crossOrigin: z.boolean().optional() })

/** Whether the answer was made inside a frame of another site. Our pages may not be framed, so none of ours was. */
export function isFramed(clientDataJson: string): boolean {
  const text = Buffer.from(clientDataJson, 'base64url').toString('utf8')
  const parsed = clientDataSchema.safeParse(parseJson(text))
  return !parsed.success || parsed.data.crossOrigin === true
}
