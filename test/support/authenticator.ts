// An authenticator in software: makes keys and signs as WebAuthn Level 3 §6 says, and wrongly when told to.
// Written from the standard alone: none of our code, and none of the library that checks it.

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()
const base64url = (data: string | Buffer): string => Buffer.from(data).toString('base64url')

/** What a browser and a key may do differently from what they should. */
export type Deviation = {
  readonly origin?: string
  readonly rpId?: string
  readonly type?: string
  readonly challenge?: string
  readonly crossOrigin?: boolean
  readonly isPresent?: boolean
  readonly isVerified?: boolean
  readonly counter?: number
  readonly userHandle?: string | null
  readonly signature?: Buffer
  readonly credentialId?: string
}

type Options = {
  readonly challenge: string
  readonly rpId?: string
  readonly rp?: { readonly id?: string }
  readonly user?: { readonly id: string }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** The options as a page hands them to the browser. */
export function readOptions(value: unknown): Options {
  if (!isRecord(value) || typeof value['challenge'] !== 'string')
    throw new Error(`No options: ${JSON.stringify(value)}`)
  const { rp, user, rpId } = value
  return {
    challenge: value['challenge'],
    ...(typeof rpId === 'string' && { rpId }),
    ...(isRecord(rp) && typeof rp['id'] === 'string' && { rp: { id: rp['id'] } }),
    ...(isRecord(user) && typeof user['id'] === 'string' && { user: { id: user['id'] } }),
  }
}

/** RFC 8949, as far as keys and attestation objects need it. */
function cbor(value: unknown): Buffer {
  const head = (major: number, length: number): Buffer => {
    if (length < 24) return Buffer.from([(major << 5) | length])
    if (length < 256) return Buffer.from([(major << 5) | 24, length])
    return Buffer.from([(major << 5) | 25, length >> 8, length & 0xff])
  }
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, value.length), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (value instanceof Map) {
    const parts = [...value].flatMap(([key, inner]) => [cbor(key), cbor(inner)])
    return Buffer.concat([head(5, value.size), ...parts])
  }
  throw new Error('Nothing that an authenticator says')
}

function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  const coordinate = (text: string) => Buffer.from(text, 'base64url')
  const members: [number, unknown][] = [
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, coordinate(x)],
    [-3, coordinate(y)],
  ]
  return cbor(new Map(members))
}

/** One key for one account. `origin`: the page that asks. */
export function createAuthenticator(origin: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(32)
  let counter = 0
  let userHandle = ''

  const clientData = (type: string, options: Options, own: Deviation): string =>
    JSON.stringify({
      type: own.type ?? type,
      challenge: own.challenge ?? options.challenge,
      origin: own.origin ?? origin,
      crossOrigin: own.crossOrigin ?? false,
    })

  const authenticatorData = (rpId: string, own: Deviation, attested?: Buffer): Buffer => {
    const { isPresent = true, isVerified = true } = own
    const flags = (isPresent ? 1 : 0) | (isVerified ? 4 : 0) | (attested ? 0x40 : 0)
    const count = Buffer.alloc(4)
    count.writeUInt32BE(own.counter ?? counter)
    const parts = [sha256(own.rpId ?? rpId), Buffer.from([flags]), count]
    return Buffer.concat(attested ? [...parts, attested] : parts)
  }

  return {
    id: base64url(id),
    /** Answers `navigator.credentials.create()`. */
    create: (value: unknown, own: Deviation = {}): string => {
      const options = readOptions(value)
      userHandle = options.user?.id ?? ''
      const length = Buffer.from([id.length >> 8, id.length & 0xff])
      const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey(publicKey)])
      const object: [string, unknown][] = [
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authenticatorData(options.rp?.id ?? '', own, attested)],
      ]
      return JSON.stringify({
        id: base64url(id),
        rawId: base64url(id),
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: base64url(clientData('webauthn.create', options, own)),
          attestationObject: base64url(cbor(new Map(object))),
          transports: ['internal'],
        },
      })
    },
    /** Answers `navigator.credentials.get()`. */
    get: (value: unknown, own: Deviation = {}): string => {
      const options = readOptions(value)
      counter += 1
      const data = authenticatorData(options.rpId ?? '', own)
      const client = clientData('webauthn.get', options, own)
      const signature =
        own.signature ?? sign('sha256', Buffer.concat([data, sha256(client)]), privateKey)
      const handle = own.userHandle === undefined ? userHandle : own.userHandle
      const credentialId = own.credentialId ?? base64url(id)
      return JSON.stringify({
        id: credentialId,
        rawId: credentialId,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: base64url(client),
          authenticatorData: base64url(data),
          signature: base64url(signature),
          ...(handle === null ? {} : { userHandle: handle }),
        },
      })
    },
  }
}

export type Authenticator = ReturnType<typeof createAuthenticator>
