import { expect } from 'chai'
import type { FileMatch, IdentifyHints } from '../../lib/domain/identify.ts'
import { identifier } from '../../lib/identify/identifier.ts'

/** Files as `path|megabytes`; the answer as one line a file. */
export function places(torrent: string, files: readonly string[], hints?: IdentifyHints): readonly string[] {
  const candidates = files.map((line, index) => {
    const [path = '', megabytes = '700'] = line.split('|')
    return { index, path, sizeBytes: Number(megabytes) * 1_000_000 }
  })
  const matches = identifier.identifyFiles(torrent, candidates, hints)
  expect(matches.map((match) => match.file)).to.deep.equal(candidates)
  return matches.map(line)
}

function line(match: FileMatch): string {
  if (match.kind === 'unmatched')
    return match.season === null ? match.reason : `${match.reason} S${match.season}E${match.episode ?? ''}`
  const title = match.year === null ? match.title : `${match.title} (${match.year})`
  if (match.kind === 'movie') return title
  const name = match.episodeName === null ? '' : ` ${match.episodeName}`
  return `${title} S${match.season}E${match.episodes.join(',')}${name}`
}
