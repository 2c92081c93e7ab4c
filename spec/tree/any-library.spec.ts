import { expect } from 'chai'
import fc from 'fast-check'
import type { LibraryItem, LibraryRow } from '../../lib/domain/library-rows.ts'
import { runAtOnce } from '../../lib/domain/slices.ts'
import { differences } from '../../lib/tree/fingerprint.ts'
import { build, facts } from '../support/tree-build.ts'
import { hash, itemOf, rows, walk } from '../support/tree-language.ts'
import { anyText, faultOf } from './names.ts'

const smallText = fc.oneof(fc.constantFrom('a', 'A', 'á', 'a (2)', 'a (1999)', 'con', 'movie', '?', ''), anyText)

/** What becomes a row once the whole library is known. */
const draftArbitrary = fc.record({
  kind: fc.constantFrom('movie', 'episode', 'unsorted', 'subtitle', 'sidecar', 'stored', 'item sidecar', 'offline'),
  id: fc.integer({ min: 1, max: 6 }),
  isMovie: fc.boolean(),
  isTrashed: fc.boolean(),
  file: smallText,
  number: fc.integer({ min: 0, max: 3 }),
  at: fc.integer({ min: 0, max: 3 }),
  index: fc.integer({ min: 0, max: 1000 }),
})

type Draft = typeof draftArbitrary extends fc.Arbitrary<infer T> ? T : never

function videoOf(draft: Draft, titles: readonly string[]): LibraryRow | [] {
  const { kind, id, number, at, index, isTrashed, file } = draft
  const options = `torrent=${id}:${index} at=${at} res=${number}p${isTrashed ? ' trashed=yes' : ''}`
  if (kind !== 'movie' && kind !== 'episode') return []
  const line =
    kind === 'movie' ? `movie ${id} "" 1999 ${options}` : `episode ${id} "" 1999 S0${at}E0${number} ${options}`
  const [row] = rows(line)
  if (row?.kind !== 'movie' && row?.kind !== 'episode') return []
  return { ...row, filePath: `x/${file}.mkv`, tmdbId: id % 2 ? id : null, title: titles[id] ?? '' }
}

/** Beside one of the videos, when there are any. */
function companionOf(draft: Draft, videos: readonly LibraryRow[]): LibraryRow | [] {
  const { kind, file, number, index, at } = draft
  const video = videos[index % Math.max(1, videos.length)]
  if (video?.kind !== 'movie' && video?.kind !== 'episode') return []
  const item = video.kind === 'movie' ? `movie ${video.movieId}` : `show ${video.showId}`
  const beside = `${Number.parseInt(video.infoHash, 16)}:${video.fileIndex}`
  const lines: Readonly<Record<string, string>> = {
    subtitle: `subtitle ${item} "" torrent=${Number.parseInt(video.infoHash, 16)}:${index + 2000} video=${video.fileIndex} lang=${number}`,
    sidecar: `sidecar ${item} "${number % 2 ? '-thumb.jpg' : '.nfo'}" beside=${beside} id=${index + 1} at=${at}`,
    stored: `stored ${item} "${number % 2 ? '.srt' : '.VTT'}" beside=${beside} id=${index + 1} lang=${at}`,
    'item sidecar': `sidecar ${item} "${['movie.nfo', 'poster.jpg', 'Season 01', 'fanart.jpg'][number]}" id=${index + 1} tag=t${at}`,
  }
  const [row] = rows(lines[kind] ?? '')
  if (row?.kind !== 'subtitle') return row ?? []
  return { ...row, filePath: `${file}.${number % 2 ? 'sub' : 'idx'}` }
}

const contentOf = (row: LibraryRow): string =>
  row.kind === 'sidecar' ? row.content : `${row.infoHash}:${row.fileIndex}`

function otherOf({ kind, id, index, file, at }: Draft, titles: readonly string[]): LibraryRow | [] {
  const own = { infoHash: hash(`${id}`), fileIndex: index, sizeBytes: 7, filePath: `${file}/${titles[0]}.mkv` }
  // Of the rows of one torrent, all say when it was added.
  if (kind === 'unsorted') return { kind, ...own, torrentName: titles[id] ?? '', addedAtMs: id % 3 }
  if (kind === 'offline') return { kind, ...own, path: `${file}/${titles[at]}`, addedAtMs: at }
  return []
}

/** A library in which all rows of an item agree on what it is, and no file is there twice. */
const libraryArbitrary = fc
  .tuple(
    fc.uniqueArray(draftArbitrary, { maxLength: 30, selector: ({ id, index }) => `${id}:${index}` }),
    fc.array(smallText, { minLength: 7, maxLength: 7 }),
  )
  .map(([drafts, titles]) => {
    const videos = drafts.flatMap((draft) => videoOf(draft, titles))
    const companions = drafts
      .flatMap((draft) => companionOf(draft, videos))
      .filter((row, index, all) => all.findIndex((other) => contentOf(other) === contentOf(row)) === index)
    // Rows in the order of the drafts would have every video first.
    return [
      ...companions.slice(0, 5),
      ...videos,
      ...drafts.flatMap((draft) => otherOf(draft, titles)),
      ...companions.slice(5),
    ]
  })

describe('any library', () => {
  it('has only legal names, unique for every client, found in NFC and NFD, with hrefs that decode to the path', () => {
    fc.assert(
      fc.property(libraryArbitrary, (library) => {
        const tree = build(library)
        const upper = new Set<string>()
        for (const { path, node } of walk(tree.root)) {
          expect(faultOf(node.name), path).to.equal(undefined)
          expect(tree.find(path)).to.equal(node)
          expect(tree.find(path.normalize('NFD'))).to.equal(node)
          expect(decodeURIComponent(node.href)).to.equal(node.kind === 'file' ? path : `${path}/`)
          expect(node.href).to.match(/^[A-Za-z0-9\-._~!()%/]+$/)
          upper.add(path.toUpperCase().normalize('NFC'))
        }
        expect(upper.size).to.equal(tree.entries)
      }),
      { numRuns: 300 },
    )
  })

  it('shows every file once, in the trash or out of it', () => {
    fc.assert(
      fc.property(libraryArbitrary, (library) => {
        const shown = [...walk(build(library).root)].flatMap(({ path, node }) => {
          if (node.kind === 'directory') return []
          return `${path.startsWith('/Trash/')} ${path.startsWith('/Offline/')} ${node.content} ${node.sizeBytes}`
        })
        const trashed = new Set(
          library.flatMap((row) => ('isTrashed' in row && row.isTrashed ? `${row.infoHash}:${row.fileIndex}` : [])),
        )
        const active = new Set(
          library.filter((row) => 'isTrashed' in row && !row.isTrashed).map((row) => JSON.stringify(itemOf(row))),
        )
        const expected = library.flatMap((row) => {
          const content = contentOf(row)
          const video =
            row.kind === 'sidecar'
              ? row.place.at === 'item'
                ? ''
                : `${row.place.infoHash}:${row.place.videoIndex}`
              : row.kind === 'subtitle'
                ? `${row.infoHash}:${row.videoIndex}`
                : content
          // The item's own sidecars go with the last of its files.
          if (video === '' && !active.has(JSON.stringify(itemOf(row)))) return []
          return `${trashed.has(video)} ${row.kind === 'offline'} ${content} ${row.sizeBytes}`
        })
        expect(shown.toSorted()).to.deep.equal(expected.toSorted())
      }),
      { numRuns: 300 },
    )
  })

  it('builds to the same tree in any order of its rows, and by any changes on the way', () => {
    fc.assert(
      fc.property(libraryArbitrary, libraryArbitrary, fc.boolean(), (from, to, isReversed) => {
        const fresh = build(to)
        const changed = [...from, ...to].map(itemOf)
        const patched = build(isReversed ? to.toReversed() : to, build(from), changed)
        expect(facts(patched)).to.deep.equal(facts(fresh))
      }),
      { numRuns: 300 },
    )
  })

  it('tells the items that another library has otherwise', () => {
    fc.assert(
      fc.property(libraryArbitrary, libraryArbitrary, (from, to) => {
        const before = build(from)
        const items: LibraryItem[] = runAtOnce(differences(() => before, to))
        const keys = new Set(items.map((item) => JSON.stringify(item)))
        const concerned = to.filter((row) => keys.has(JSON.stringify(itemOf(row))))
        expect(facts(build(concerned, before, items))).to.deep.equal(facts(build(to)))
        expect(runAtOnce(differences(() => before, from.toReversed()))).to.deep.equal([])
      }),
      { numRuns: 200 },
    )
  })
})
