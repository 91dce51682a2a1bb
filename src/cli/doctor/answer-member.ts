// What does a JSON answer say under a name?

/** The member; undefined when there is none, or no JSON object. */
export function memberOf(body: string, name: string): unknown {
  try {
    const document: unknown = JSON.parse(body)
    return Object(document)[name]
  } catch {
    return undefined
  }
}
