import { systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { openLibrary } from '../../lib/library/library.ts'
import { seasonPack } from './fixtures.ts'

/** The process that `crash.spec.ts` kills: adds seasons, every other in turns, a line on stdout after each commit. Ends by itself in the end. */
const MAX_SEASONS = 20_000
const unaborted = new AbortController().signal
const [path = '', from = '1', episodes = '1'] = process.argv.slice(2)
const library = openLibrary({ path, logger: silentLogger, clock: systemClock })
for (let season = Number(from); season < MAX_SEASONS; season++) {
  const [info, placements] = seasonPack('Show', season, Number(episodes))
  if (season % 2 === 0) library.addTorrent(info, null, placements, false)
  else await library.addTorrentInTurns(info, null, placements, false, unaborted)
  process.stdout.write(`${season}\n`)
}
library.close()
