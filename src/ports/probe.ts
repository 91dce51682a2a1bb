// What `sallyport doctor` and the service tell each other about one request that the doctor sent through the proxy.

/** What arrived as the question about a probe, and what came of it. Never a credential. */
export type ProbeReport = {
  readonly dialect: string
  /** Address of who asked, or `socket`. */
  readonly peer: string
  /** Kind of the decision, or why the question was refused. */
  readonly outcome: string
  /** Names of all headers with a value, in lower case. */
  readonly names: readonly string[]
  /** The headers that describe the original request, name in lower case and value, as they came. */
  readonly forwarded: readonly (readonly [name: string, value: string])[]
}

/** `step-up`: a refusal is to look as if a scope were missing, to see what becomes of it on the way. */
export type ProbeAnswer = 'usual' | 'step-up'
