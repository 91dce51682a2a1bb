// A certificate authority for one test run, and a certificate for everything on loopback.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Certificates = {
  /** PEM text of the authority. */
  readonly ca: string
  readonly caFile: string
  readonly certificateFile: string
  readonly keyFile: string
}

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** Makes them with openssl, valid for two days, for `*.sep.test`, `*.far.test`, `localhost` and `127.0.0.1`. */
export function makeCertificates(directory: string): Certificates {
  const at = (name: string) => join(directory, name)
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const authority = [
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-subj',
    '/CN=Sallyport test CA',
  ]
  openssl('req', '-x509', ...key, ...authority, '-days', '2')
  const leaf = ['-keyout', at('leaf.key'), '-out', at('leaf.csr'), '-subj', '/CN=sep.test']
  openssl('req', ...key, ...leaf)
  writeFileSync(
    at('leaf.ext'),
    'subjectAltName=DNS:*.sep.test,DNS:*.far.test,DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n',
  )
  const signing = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial']
  const request = ['-in', at('leaf.csr'), '-extfile', at('leaf.ext'), '-out', at('leaf.pem')]
  openssl('x509', '-req', ...signing, ...request, '-days', '2')
  return {
    ca: readFileSync(at('ca.pem'), 'utf8'),
    caFile: at('ca.pem'),
    certificateFile: at('leaf.pem'),
    keyFile: at('leaf.key'),
  }
}
