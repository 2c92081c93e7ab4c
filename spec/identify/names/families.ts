import { anime } from './anime.ts'
import { episodes } from './episodes.ts'
import { films } from './films.ts'
import { packsAndDates } from './packs-and-dates.ts'
import { paths } from './paths.ts'
import { spelled } from './spelled.ts'
import { unknowns } from './unknowns.ts'
import { worded } from './worded.ts'

/**
 * Names of our own making in the manner of real releases, each with what it says:
 * `Title (2010) S2E15`, `S3E1-6`, `S2` a whole season, `#67` an absolute number, `@2011-04-28` an air date,
 * `Title (1999)` or `Title` a film, `?` nothing.
 */
export type NameRow = readonly [name: string, says: string]

export const FAMILIES: Readonly<Record<string, readonly NameRow[]>> = {
  ...episodes,
  ...packsAndDates,
  ...paths,
  ...anime,
  ...films,
  ...unknowns,
  ...spelled,
  ...worded,
}
