// Which programs send a password only once they are asked for one by name (RFC 7617 §2)?

const names: ReadonlySet<string> = new Set([
  'git',
  'git-lfs',
  'jgit',
  'go-git',
  'docker',
  'containerd',
  'containers',
  'skopeo',
  'buildah',
  'podman',
  'buildkit',
  'go-containerregistry',
  'helm',
  'pip',
  'twine',
  'npm',
  'apache-maven',
  'svn',
])

/**
 * Whether the header names a program that knows user name and password and nothing else: git, docker and their like.
 * Never a browser, which would show a window of its own for them. Decides about the words of a refusal alone.
 *
 * @param header the `User-Agent` of a request (RFC 9110 §10.1.5), which says what its sender likes
 */
export function knowsBasicOnly(header: string | undefined): boolean {
  const [, name] = /^([A-Za-z][A-Za-z-]{0,31})\//.exec(header ?? '') ?? []
  return name !== undefined && names.has(name.toLowerCase())
}
