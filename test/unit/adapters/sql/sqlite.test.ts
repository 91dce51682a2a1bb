import { openStore } from '../../../../src/adapters/sql/open.ts'
import { accountCredentialContract } from '../../../contract/account-credentials.ts'
import { authorizationStoreContract } from '../../../contract/authorization-store.ts'
import { personalTokenStoreContract } from '../../../contract/personal-token-store.ts'
import { silentLog } from '../../../contract/silent-log.ts'
import { storeContract } from '../../../contract/store.ts'
import { type Place, storeProcessContract } from '../../../contract/store-processes.ts'
import { temporaryFiles } from './support.ts'

console.info('PostgreSQL is left out of "npm test": "npm run test:e2e" runs the same suite on it.')

const temporaryFile = temporaryFiles()
const file = temporaryFile()

const openAt = (place: Place) => {
  if (!('file' in place)) throw new Error('Expected a file')
  return openStore({ kind: 'sqlite', file: place.file }, silentLog)
}

storeContract('SQLite', () => openAt({ file }))
storeContract('memory', () => openStore({ kind: 'memory' }, silentLog))
accountCredentialContract('SQLite', () => openAt({ file }))
accountCredentialContract('memory', () => openStore({ kind: 'memory' }, silentLog))
authorizationStoreContract('SQLite', () => openAt({ file }))
authorizationStoreContract('memory', () => openStore({ kind: 'memory' }, silentLog))
personalTokenStoreContract('SQLite', () => openAt({ file }))
personalTokenStoreContract('memory', () => openStore({ kind: 'memory' }, silentLog))
storeProcessContract('SQLite', async () => ({ file: temporaryFile() }), openAt)
