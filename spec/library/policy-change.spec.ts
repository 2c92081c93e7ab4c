import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import type { VersionPolicy } from '../../lib/domain/curation.ts'
import type { Placement } from '../../lib/domain/library.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { places } from '../contract/library.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { asEpisode, asMovie, torrentOf } from './fixtures.ts'

const POLICIES = ['all', 'best', 'smallest', 'newest'] as const satisfies readonly VersionPolicy[]

/** Of one film, or of one show and few of its episodes; the file's index gives it its size. */
const placement = fc
  .record({
    season: fc.constantFrom(undefined, 1, 1, 1),
    first: fc.integer({ min: 1, max: 2 }),
    length: fc.constantFrom(1, 1, 1, 2),
    resolution: fc.constantFrom('720p', '1080p'),
    fileIndex: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ season, first, length, resolution, fileIndex }): Placement => {
    const more = { resolution, source: null }
    if (season === undefined) return asMovie('Heat', fileIndex, more)
    const episodes = Array.from({ length }, (_, i) => first + i)
    return asEpisode('Dark', season, episodes, fileIndex, more)
  })

const episodes = (fileIndex: number, ...numbers: number[]): Placement => asEpisode('Dark', 1, numbers, fileIndex)

describe('another policy', () => {
  it('makes of a library what it were, had the policy always been this one', () => {
    const directory = mkdtempSync(join(tmpdir(), 'policy-change-'))
    let run = 0
    fc.assert(
      fc.property(
        fc.array(placement, { minLength: 2, maxLength: 4 }),
        fc.constantFrom('all', 'all', ...POLICIES),
        fc.constantFrom(...POLICIES),
        (added, before, after) => {
          const clock = new ManualClock()
          const open = (name: string, versionPolicy: VersionPolicy) =>
            openLibrary({ path: join(directory, name), logger: silentLogger, clock, versionPolicy })
          const [changed, always] = [`${++run}.changed`, `${run}.always`]
          const addTo = (library: Library): void => {
            for (const [i, one] of added.entries()) {
              const paths = Array.from({ length: 4 }, (_, index) => `${i}-${index}.mkv`)
              library.addTorrent(torrentOf(`torrent ${i}`, paths), null, [one], false)
            }
            library.close()
          }
          addTo(open(changed, before))
          addTo(open(always, after))
          const [of, like] = [open(changed, after), open(always, after)]
          const shown = [places(of.readAll()), places(like.readAll())]
          of.close()
          like.close()
          expect(shown[0]).to.deep.equal(shown[1])
        },
      ),
      {
        numRuns: 30,
        examples: [
          [[episodes(0, 1, 2), episodes(1, 2)], 'all', 'smallest'],
          [[episodes(0, 1), episodes(1, 1)], 'all', 'best'],
        ],
      },
    )
    rmSync(directory, { recursive: true })
  })
})
