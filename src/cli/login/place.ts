// What was asked for: an address behind a Sallyport, and the origin that a token is limited to.

import { isLoopbackHost } from '../../config/hosts.ts'
import { LoginFault } from './fault.ts'

/** Whether an address may be asked or opened: nobody on the way can read or change what is said there. */
export const isSafe = ({ protocol, hostname, username, password }: URL): boolean =>
  username === '' &&
  password === '' &&
  (protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname)))

/**
 * Reads the address; without a scheme it is https.
 *
 * @throws LoginFault when it is none, or plain http to another machine
 */
export function parsePlace(text: string): URL {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`)
  if (url !== null && isSafe(url)) return url
  const wanted = 'an https address such as https://app.example.com (http only on this machine)'
  throw new LoginFault(
    `Cannot read the address ${JSON.stringify(text.slice(0, 200))}: expected ${wanted}`,
  )
}
