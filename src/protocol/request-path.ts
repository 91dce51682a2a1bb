// One meaning for every path: what a proxy, this service and an application could read differently is named.

export type RequestPath = {
  /** Percent-decoded, without query: what rules compare with. */
  readonly canonical: string
  /**
   * `plain`: everybody reads it the same.
   * `ambiguous`: an application may read it as another path (`%2f`, `;`, `//`, non-ASCII, double encoding):
   * never usable where a rule looks at paths.
   */
  readonly kind: 'plain' | 'ambiguous'
}

export type PathRefusal = 'no-path' | 'path-too-long' | 'hostile-path'

export const maxTargetLength = 8192

const obviouslyPlain = /^[A-Za-z0-9/_~@:!$&'()*+,=.-]*$/
// Backslash, fragment, blanks and control bytes; encoded dot, backslash and NUL, also behind any number of %25.
const hostile = /[\\#]|[^!-~\u0080-\u00ff]|%(?:25)*(?:00|2e|5c)/i
const hostileInQuery = /#|[^!-~\u0080-\u00ff]/
const dotSegment = /(?:^|[/;])\.{1,2}(?:[/;]|$)/
const ambiguous = /;|\/\/|[^!-~]|%(?:2f|3b|3f|23|25|[01][0-9a-f]|7f)|%(?![0-9a-f]{2})/i

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/**
 * Judges the raw request target (path and query as the client sent them). Query and fragment never take
 * part in rules (CVE-2025-54576, CVE-2026-41059).
 *
 * @returns a refusal for what no honest client sends: dot segments in any spelling, `\`, `#`, NUL,
 *   control bytes, no leading `/`, more than 8 KiB
 */
export function parseRequestPath(target: string): RequestPath | PathRefusal {
  if (!target.startsWith('/')) return 'no-path'
  if (target.length > maxTargetLength) return 'path-too-long'
  const question = target.indexOf('?')
  const path = question === -1 ? target : target.slice(0, question)
  if (question !== -1 && hostileInQuery.test(target.slice(question))) return 'hostile-path'
  if (obviouslyPlain.test(path) && !path.includes('//') && !path.includes('/.')) {
    return { canonical: path, kind: 'plain' }
  }
  if (hostile.test(path) || dotSegment.test(path)) return 'hostile-path'
  const canonical = decoded(path)
  if (canonical === undefined || ambiguous.test(path)) {
    return { canonical: canonical ?? path, kind: 'ambiguous' }
  }
  return { canonical, kind: 'plain' }
}
