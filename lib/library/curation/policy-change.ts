import type { VersionPolicy } from '../../domain/curation.ts'
import { ChangedItems } from '../changed-items.ts'
import type { Commits } from '../commits.ts'
import type { Client } from '../connection.ts'
import type { Versions } from './versions.ts'

/** What the database's `user_version` says of the policy that its active flags follow. */
const CODES: Readonly<Record<VersionPolicy, number>> = { all: 0, best: 1, smallest: 2, newest: 3 }

/** Brings the library in line with a policy that is another than at its last opening, before anybody reads it. */
export function applyPolicyChange(client: Client, commits: Commits, versions: Versions, policy: VersionPolicy): void {
  if (client.pragma('user_version', { simple: true }) === CODES[policy]) return
  commits.quietly(() => {
    versions.settleAll(new ChangedItems())
    client.pragma(`user_version = ${CODES[policy]}`)
  })
}
