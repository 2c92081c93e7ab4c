import { expect } from 'chai'
import { infoHash, showId } from '../../lib/domain/ids.ts'
import type { EpisodeRow } from '../../lib/domain/library-rows.ts'
import { buildTree } from '../../lib/tree/build-tree.ts'
import { emptyTree } from '../../lib/tree/library-tree.ts'

const EPISODES = 3000
/** What a quick loop does in one step, with the rest of the step before. */
const MOST_LOOKS = 100

describe('the tree of one show of thousands of episodes', () => {
  it('is built in steps that look at a few rows each', () => {
    let looks = 0
    const rows = Array.from({ length: EPISODES }, (_, i): EpisodeRow => {
      const row: EpisodeRow = {
        kind: 'episode',
        infoHash: infoHash('a'.repeat(40)),
        fileIndex: i,
        filePath: `Show S${Math.floor(i / 25)}E${i % 25}.mkv`,
        sizeBytes: 1000,
        assignedAtMs: 1,
        resolution: null,
        source: null,
        isTrashed: false,
        showId: showId(1),
        title: 'Show',
        year: null,
        tmdbId: null,
        season: Math.floor(i / 25),
        episode: i % 25,
        lastEpisode: i % 25,
        name: null,
      }
      return Object.defineProperty(row, 'filePath', {
        get: () => {
          looks++
          return `Show ${i}.mkv`
        },
      })
    })
    const work = buildTree(emptyTree(0), { rows, changed: [] }, 0)
    const inSteps: number[] = []
    let step = work.next()
    for (; !step.done; step = work.next()) {
      inSteps.push(looks)
      looks = 0
    }
    expect(step.value.entries).to.be.greaterThan(EPISODES)
    expect(Math.max(...inSteps)).to.be.within(1, MOST_LOOKS)
  })
})
