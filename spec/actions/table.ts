import type { ErrorCode } from '../../lib/domain/errors.ts'

export const HEAT = '/Movies/Heat (1995)'
export const LOST = '/TV Shows/Lost (2004)'

/** What is done, each of `before` first; then either what changes, or the code that it fails with and nothing changes. */
export interface Row {
  readonly before?: readonly (readonly [from: string, to?: string])[]
  readonly from: string
  /** A deletion without. */
  readonly to?: string
  readonly changes: readonly string[] | ErrorCode
}

const gone = (...paths: string[]) => paths.map((path) => `-${path}`)
const come = (...paths: string[]) => paths.map((path) => `+${path}`)

const HEAT_FILES = ['mkv', 'en.srt', 'de.srt'].map((suffix) => `${HEAT}/Heat (1995).${suffix}`)
const HEAT_IN_TRASH = ['mkv', 'en.srt'].map((suffix) => `/Trash/Heat (1995)/Heat (1995).${suffix}`)
const LOST_FILES = ['01/Lost - S01E01', '01/Lost - S01E02', '02/Lost - S02E01'].map(
  (path) => `${LOST}/Season ${path}.mkv`,
)
const LOST_SEASON = LOST_FILES.slice(0, 2)
const trashed = (path: string) => path.replace(/^\/[^/]+/, '/Trash')
const renamed = (to: string) => HEAT_FILES.map((path) => path.replaceAll('Heat (1995)', to))

export const DELETIONS: readonly Row[] = [
  { from: HEAT, changes: [...gone(...HEAT_FILES), ...come(...HEAT_IN_TRASH)] },
  { from: `${HEAT}/`, changes: [...gone(...HEAT_FILES), ...come(...HEAT_IN_TRASH)] },
  { from: `${HEAT}/Heat (1995).mkv`, changes: [...gone(...HEAT_FILES), ...come(...HEAT_IN_TRASH)] },
  {
    from: `${LOST}/Season 01/Lost - S01E02.mkv`,
    changes: [
      ...gone(`${LOST}/Season 01/Lost - S01E02.mkv`),
      ...come('/Trash/Lost (2004)/Season 01/Lost - S01E02.mkv'),
    ],
  },
  {
    from: `${LOST}/Season 01`,
    changes: [...gone(...LOST_SEASON), ...come(...LOST_SEASON.map(trashed))],
  },
  { from: LOST, changes: [...gone(...LOST_FILES), ...come(...LOST_FILES.map(trashed))] },
  { from: `${HEAT}/Heat (1995).de.srt`, changes: gone(`${HEAT}/Heat (1995).de.srt`) },
  { from: `${HEAT}/Heat (1995).en.srt`, changes: 'read_only' },
  { from: `${HEAT}/movie.nfo`, changes: [] },
  { before: [[`${HEAT}/movie.nfo`]], from: HEAT, changes: [...gone(...HEAT_FILES), ...come(...HEAT_IN_TRASH)] },
  { before: [[HEAT]], from: `${HEAT}/movie.nfo`, changes: 'not_found' },
  { from: '/Movies', changes: 'read_only' },
  { from: '/', changes: 'read_only' },
  { from: '/Unsorted/mystery', changes: 'read_only' },
  { from: '/Unsorted/mystery/a.mkv', changes: 'read_only' },
  { from: '/Recently Added/x.mkv', changes: 'read_only' },
  { from: '/Offline', changes: 'read_only' },
  { from: '/Offline/x', changes: 'not_found' },
  { from: '/Movies/Nothing (2000)', changes: 'not_found' },
  { before: [[HEAT]], from: '/Trash/Heat (1995)', changes: gone(...HEAT_IN_TRASH) },
  { before: [[HEAT]], from: '/Trash/Heat (1995)/Heat (1995).mkv', changes: gone(...HEAT_IN_TRASH) },
  { before: [[HEAT]], from: '/Trash/Heat (1995)/Heat (1995).en.srt', changes: 'read_only' },
  { before: [[HEAT]], from: '/Trash', changes: 'read_only' },
]

export const MOVES: readonly Row[] = [
  // Into the trash and out of it.
  { from: HEAT, to: '/Trash/Heat (1995)', changes: [...gone(...HEAT_FILES), ...come(...HEAT_IN_TRASH)] },
  {
    before: [[HEAT]],
    from: '/Trash/Heat (1995)',
    to: HEAT,
    changes: [...gone(...HEAT_IN_TRASH), ...come(...HEAT_FILES)],
  },
  {
    before: [[HEAT]],
    from: '/Trash/Heat (1995)/Heat (1995).mkv',
    to: '/Movies/whatever.mkv',
    changes: [...gone(...HEAT_IN_TRASH), ...come(...HEAT_FILES)],
  },
  {
    before: [[HEAT]],
    from: '/Trash/Heat (1995)',
    to: '/TV Shows/x',
    changes: [...gone(...HEAT_IN_TRASH), ...come(...HEAT_FILES)],
  },
  {
    before: [[HEAT]],
    from: '/Trash/Heat (1995)',
    to: '/Movies/Ronin (1998)',
    changes: [...gone(...HEAT_IN_TRASH), ...come(...renamed('Ronin (1998)'))],
  },
  {
    before: [[`${LOST}/Season 01`]],
    from: '/Trash/Lost (2004)/Season 01',
    to: `${LOST}/Season 01`,
    changes: [...gone(...LOST_SEASON.map(trashed)), ...come(...LOST_SEASON)],
  },
  {
    before: [[`${HEAT}/Heat (1995).mkv`]],
    from: '/Trash/Heat (1995)/Heat (1995).mkv',
    to: `${LOST}/Season 03/Lost - S03E04.mkv`,
    changes: [
      ...gone(...HEAT_IN_TRASH),
      ...come(`${LOST}/Season 03/Lost - S03E04.mkv`, `${LOST}/Season 03/Lost - S03E04.en.srt`),
    ],
  },
  { before: [[HEAT]], from: '/Trash/Heat (1995)', to: '/Unsorted/x', changes: 'read_only' },
  { before: [[HEAT]], from: '/Trash', to: '/Movies/x', changes: 'read_only' },
  { before: [[HEAT]], from: '/Trash/Heat (1995)/Heat (1995).en.srt', to: `${HEAT}/x.srt`, changes: 'read_only' },

  // A folder is another film or show.
  { from: HEAT, to: '/Movies/Ronin (1998)', changes: [...gone(...HEAT_FILES), ...come(...renamed('Ronin (1998)'))] },
  { from: HEAT, to: '/Movies/heat (1995)', changes: [] },
  {
    from: HEAT,
    to: '/Movies/Alien (1979)',
    changes: [
      ...gone('/Movies/Alien (1979)/Alien (1979).mkv', ...HEAT_FILES),
      ...come(
        ...['1080p.mkv', '1080p.en.srt', '1080p.de.srt', '1080p BluRay.mkv', '1080p BluRay.de.srt'].map(
          (name) => `/Movies/Alien (1979)/Alien (1979) - ${name}`,
        ),
      ),
    ],
  },
  { from: HEAT, to: '/Movies/Ronin', changes: 'invalid' },
  { from: HEAT, to: '/Movies/New folder', changes: 'invalid' },
  { from: HEAT, to: '/Movies/x/Ronin (1998)', changes: 'read_only' },
  { from: HEAT, to: '/TV Shows/Heat (1995)', changes: 'read_only' },
  { from: HEAT, to: '/Movies', changes: 'read_only' },
  { from: HEAT, to: '/Offline/Heat', changes: 'read_only' },
  { from: HEAT, to: '/Inbox/Heat', changes: 'read_only' },
  { from: '/Movies', to: '/Films', changes: 'read_only' },
  {
    from: LOST,
    to: '/TV Shows/Lost in Space',
    changes: [
      ...gone(...LOST_FILES),
      ...come(
        ...LOST_FILES.map((path) => path.replace('Lost (2004)', 'Lost in Space').replace('Lost -', 'Lost in Space -')),
      ),
    ],
  },
  { from: LOST, to: '/TV Shows/???', changes: 'invalid' },
  { from: `${LOST}/Season 01`, to: `${LOST}/Season 03`, changes: 'read_only' },

  // A file is another film or episode.
  {
    from: `${HEAT}/Heat (1995).mkv`,
    to: `${HEAT}/Ronin (1998).mkv`,
    changes: [...gone(...HEAT_FILES), ...come(...renamed('Ronin (1998)').slice(0, 2))],
  },
  {
    from: `${HEAT}/Heat (1995).mkv`,
    to: '/Movies/Ronin (1998)/x.mkv',
    changes: [...gone(...HEAT_FILES), ...come(...renamed('Ronin (1998)').slice(0, 2))],
  },
  {
    from: `${HEAT}/Heat (1995).mkv`,
    to: '/Movies/Ronin.1998.1080p.BluRay.x264.mkv',
    changes: [...gone(...HEAT_FILES), ...come(...renamed('Ronin (1998)').slice(0, 2))],
  },
  { from: `${HEAT}/Heat (1995).mkv`, to: `${HEAT}/Heat (1995) - the best.mkv`, changes: [] },
  { from: `${HEAT}/Heat (1995).mkv`, to: `${HEAT}/foo.mkv`, changes: 'invalid' },
  { from: `${HEAT}/Heat (1995).mkv`, to: '/Movies/foo.mkv', changes: 'invalid' },
  {
    from: `${HEAT}/Heat (1995).mkv`,
    to: '/TV Shows/Show (2010)/Season 02/Show - S02E03.mkv',
    changes: [
      ...gone(...HEAT_FILES),
      ...come(
        '/TV Shows/Show (2010)/Season 02/Show - S02E03.mkv',
        '/TV Shows/Show (2010)/Season 02/Show - S02E03.en.srt',
      ),
    ],
  },
  { from: `${HEAT}/Heat (1995).mkv`, to: '/TV Shows/Show (2010)/Season 02/foo.mkv', changes: 'invalid' },
  {
    from: `${HEAT}/Heat (1995).mkv`,
    to: '/Unsorted/x.mkv',
    changes: [...gone(...HEAT_FILES), ...come('/Unsorted/Heat/Subs/2_English.srt', '/Unsorted/Heat/heat.mkv')],
  },
  { from: `${HEAT}/Heat (1995).en.srt`, to: `${HEAT}/Heat (1995).fr.srt`, changes: 'read_only' },
  { from: `${HEAT}/movie.nfo`, to: `${HEAT}/x.nfo`, changes: 'read_only' },
  {
    from: `${LOST}/Season 01/Lost - S01E02.mkv`,
    to: `${LOST}/Season 01/Lost - S01E05-E06.mkv`,
    changes: [...gone(`${LOST}/Season 01/Lost - S01E02.mkv`), ...come(`${LOST}/Season 01/Lost - S01E05-E06.mkv`)],
  },
  { from: `${LOST}/Season 01/Lost - S01E02.mkv`, to: `${LOST}/Season 01/Lost - S01E02 - Pilot.mkv`, changes: [] },
  {
    from: `${LOST}/Season 02/Lost - S02E01.mkv`,
    to: '/Movies/Alien (1979)/x.mkv',
    changes: [...gone(`${LOST}/Season 02/Lost - S02E01.mkv`), ...come('/Movies/Alien (1979)/Alien (1979) - 1080p.mkv')],
  },

  // What is unsorted is sorted.
  {
    from: '/Unsorted/mystery/a.mkv',
    to: '/Unsorted/mystery/Ronin (1998).mkv',
    changes: ['-/Unsorted/mystery/a.mkv', '+/Movies/Ronin (1998)/Ronin (1998).mkv'],
  },
  {
    from: '/Unsorted/mystery/a.mkv',
    to: '/Unsorted/mystery/Lost (2004) - S03E01.mkv',
    changes: ['-/Unsorted/mystery/a.mkv', `+${LOST}/Season 03/Lost - S03E01.mkv`],
  },
  {
    from: '/Unsorted/mystery/a.mkv',
    to: `${LOST}/S03E01.mkv`,
    changes: ['-/Unsorted/mystery/a.mkv', `+${LOST}/Season 03/Lost - S03E01.mkv`],
  },
  {
    from: '/Unsorted/mystery/a.mkv',
    to: '/TV Shows/Über: Show?/Season 01/1x02.mkv',
    changes: ['-/Unsorted/mystery/a.mkv', '+/TV Shows/Über - Show/Season 01/Über - Show - S01E02.mkv'],
  },
  {
    from: '/Unsorted/mystery/a.mkv',
    to: '/Movies/Ronin (1998).mkv',
    changes: ['-/Unsorted/mystery/a.mkv', '+/Movies/Ronin (1998)/Ronin (1998).mkv'],
  },
  { from: '/Unsorted/mystery/a.mkv', to: '/Unsorted/mystery/b.mkv', changes: 'invalid' },
  { from: '/Unsorted/mystery/a.mkv', to: '/Unsorted/Pack/Ronin (1998).mkv', changes: 'read_only' },
  { from: '/Unsorted/mystery/read me.txt', to: '/Movies/Ronin (1998)/Ronin (1998).mkv', changes: 'invalid' },
  {
    from: '/Unsorted/mystery',
    to: '/Unsorted/Ronin (1998)',
    changes: ['-/Unsorted/mystery/a.mkv', '+/Movies/Ronin (1998)/Ronin (1998).mkv'],
  },
  {
    from: '/Unsorted/Pack',
    to: '/Unsorted/Show (2010)',
    changes: [
      ...gone('/Unsorted/Pack/x.S01E01.mkv', '/Unsorted/Pack/x.S01E02.mkv'),
      ...come('/TV Shows/Show (2010)/Season 01/Show - S01E01.mkv', '/TV Shows/Show (2010)/Season 01/Show - S01E02.mkv'),
    ],
  },
  {
    from: '/Unsorted/Pack',
    to: '/TV Shows/Show',
    changes: [
      ...gone('/Unsorted/Pack/x.S01E01.mkv', '/Unsorted/Pack/x.S01E02.mkv'),
      ...come('/TV Shows/Show/Season 01/Show - S01E01.mkv', '/TV Shows/Show/Season 01/Show - S01E02.mkv'),
    ],
  },
  { from: '/Unsorted/mystery', to: '/TV Shows/Show (2010)', changes: 'invalid' },
  { from: '/Unsorted/mystery', to: '/Unsorted/something', changes: 'invalid' },
  { from: '/Unsorted/mystery', to: '/Unsorted/a/b', changes: 'read_only' },
  { from: '/Unsorted/nothing', to: '/Unsorted/Ronin (1998)', changes: 'not_found' },
]
