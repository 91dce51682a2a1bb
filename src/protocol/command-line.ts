// Our own command line as a client of our own authorization server: what both sides have to agree on.

/** Its client id, which nobody else can have: those we give out are random, those clients choose are URLs. */
export const commandLineClientId = 'sallyport-cli'

/** Where browsers bring the answer; the port is free (RFC 8252 §7.3). */
export const commandLineRedirectUri = 'http://127.0.0.1/callback'

/** RFC 8628 §3.4 */
export const deviceGrantType = 'urn:ietf:params:oauth:grant-type:device_code'
