import { expect, test } from 'vitest'
import { knowsBasicOnly } from '../../../src/protocol/basic-client.ts'

test.each([
  'git/2.43.0',
  'git-lfs/3.4.1 (GitHub; linux amd64; go 1.21.5)',
  'JGit/6.8.0',
  'docker/27.3.1 go/go1.22.7 git-commit/41ca978 kernel/6.8 os/linux arch/amd64 UpstreamClient(Docker-Client/27.3.1)',
  'containers/5.29.2 (github.com/containers/image)',
  'containerd/1.7.22',
  'Helm/3.16.2',
  'pip/24.2 {"ci":null}',
])('knowsBasicOnly() knows %s', (header) => {
  expect(knowsBasicOnly(header)).toBe(true)
})

test.each([
  undefined,
  '',
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Mozilla/5.0 git/2.43.0',
  'curl/8.5.0',
  'node',
  'gitea/1.22',
  'git',
  ' git/2.43.0',
])('knowsBasicOnly() leaves %j alone', (header) => {
  expect(knowsBasicOnly(header)).toBe(false)
})
