import { setFlagsFromString } from 'node:v8'
import type { Identifier } from '../domain/identify.ts'

// The patterns of names are long: V8 takes up to seven times as long to make bytecode of one first as machine code at once.
setFlagsFromString('--no-regexp-tier-up')

const TORRENTS = [
  ['Film (2020) 1080p.mkv'],
  ['Show.S01E02.1080p.WEB-DL.mkv'],
  ['[Group] Show - 07 [1080p].mkv'],
  ['Show Complete 1080p/Season 1/Show 1x02.mkv', 'Show Complete 1080p/Season 1/Show 1x03.mkv'],
]

/** What the patterns of names take to compile, a tenth of a second, the first torrent would wait for. */
export function warmUp(identifier: Identifier): void {
  for (const paths of TORRENTS) {
    const files = paths.map((path, index) => ({ index, path, sizeBytes: 1e9 }))
    identifier.identifyFiles(paths[0]?.split('/')[0] ?? '', files)
  }
}
