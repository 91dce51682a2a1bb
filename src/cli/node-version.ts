// Is this Node kept up to date? Its fixes are part of ours (R117).

/** The release of March 2026: predictable hashes of integer-like keys (CVE-2026-21717). */
const firstFixed = [24, 14, 1] as const

/**
 * What an operator should know about the running version of Node, or undefined when there is nothing.
 *
 * @param version as in `process.versions.node`
 */
export function judgeNodeVersion(version: string): string | undefined {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const [line, ...rest] = firstFixed
  // Odd lines end after half a year, so nothing later than a long-term line is known to be kept up.
  if (major > line && major % 2 === 0) return undefined
  if (major !== line) return `Node ${version} gets no security fixes; use Node ${line}`
  const isFixed = minor > rest[0] || (minor === rest[0] && patch >= rest[1])
  if (isFixed) return undefined
  return `Node ${version} lacks security fixes; use ${firstFixed.join('.')} or later`
}
