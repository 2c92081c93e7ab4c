import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { openLibrary } from '../../lib/library/library.ts'

const script = fileURLToPath(new URL('crash-writer.ts', import.meta.url))
const KILLS = 4
/** More than one statement takes. */
const EPISODES = 250

/** Adds seasons until it is killed; the last season that it said was committed. */
async function addUntilKilled(path: string, from: number, commits: number): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', script, path, `${from}`, `${EPISODES}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  let committed = from - 1
  if (child.stdout) {
    for await (const line of createInterface({ input: child.stdout })) {
      committed = Number(line)
      if (committed >= from + commits) child.kill('SIGKILL')
    }
  }
  const [, signal] = await exited
  expect(signal).to.equal('SIGKILL')
  return committed
}

describe('the library, killed while it writes', () => {
  it('is whole, holds every commit that was told of, and no part of one that was not', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'library-crash-'))
    try {
      const path = join(directory, 'library.db')
      let next = 1
      for (let kill = 0; kill < KILLS; kill++) {
        const committed = await addUntilKilled(path, next, 5 + kill * 7)
        const library = openLibrary({ path, logger: silentLogger, clock: systemClock })
        const counts = library.counts()
        const rows = [...library.readAll()]
        library.close()
        expect(counts.torrents).to.be.at.least(committed)
        expect(counts.episodes).to.equal(counts.torrents * EPISODES)
        expect(rows.filter((row) => row.kind === 'episode')).to.have.length(counts.torrents * EPISODES)
        expect(rows).to.have.length(counts.torrents * EPISODES)
        const database = new Database(path, { readonly: true })
        expect(database.pragma('integrity_check', { simple: true })).to.equal('ok')
        expect(database.pragma('foreign_key_check')).to.deep.equal([])
        database.close()
        next = counts.torrents + 1
      }
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
