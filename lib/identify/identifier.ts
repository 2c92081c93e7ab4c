import type { Identifier } from '../domain/identify.ts'
import { runAtOnce } from '../domain/slices.ts'
import { identifyFilesInSteps } from './identify-files.ts'
import type { NameReading } from './identify-name.ts'
import { readPath } from './identify-path.ts'
import { asScene } from './place-episode.ts'
import { LEAST_CONFIDENCE } from './unmatched.ts'

/** Pure and synchronous; holds no state. Neither method throws, whatever the text; both are linear in its length. */
export const identifier: Identifier = {
  identifyName(name) {
    const { rule: _rule, episodeName: _episodeName, seasonYear, ...identity } = alone(readPath(name))
    return { ...identity, year: identity.year ?? seasonYear, confidence: Math.round(identity.confidence * 100) / 100 }
  },
  identifyFiles: (...files) => runAtOnce(identifyFilesInSteps(...files)),
  identifyFilesInSteps,
}

const LATE_SEASON = 200

/**
 * `Show - 208 - Name`, `Show - 1006 - Name` with no siblings: fewer shows have so many episodes than so many seasons.
 * `Show - 101-102 - Pilot` is a pair.
 */
function alone(reading: NameReading): NameReading {
  const { rule, season, absoluteEpisodes, confidence } = reading
  const isDoubtful = rule === 'absolute' && season === null && confidence < LEAST_CONFIDENCE
  const [first = 0, last = first, third] = absoluteEpisodes
  const isSeasons = third === undefined && (last > first || first >= LATE_SEASON)
  if (!isDoubtful || !isSeasons || Math.floor(first / 100) !== Math.floor(last / 100)) return reading
  return { ...asScene(reading), absoluteEpisodes: [] }
}
