import { expect } from 'chai'
import fc from 'fast-check'
import type { LibraryItem, LibraryRow } from '../../lib/domain/library-rows.ts'
import type { FileNode } from '../../lib/domain/tree.ts'
import { type LibraryTree, PLAIN_LAYOUT } from '../../lib/tree/library-tree.ts'
import { Views } from '../../lib/tree/views.ts'
import { build as buildWith, facts } from '../support/tree-build.ts'
import { outline, rows, TREE_EPOCH_MS, treeText, walk } from '../support/tree-language.ts'
import { contentOf, ScriptedViews } from '../support/tree-views.ts'
import { anyText, faultOf } from './names.ts'

const DAY_S = 24 * 60 * 60

describe('views', () => {
  let source: ScriptedViews

  beforeEach(() => {
    source = new ScriptedViews()
  })

  function build(library: readonly LibraryRow[], previous?: LibraryTree, changed: LibraryItem[] = []): LibraryTree {
    return buildWith(library, previous, changed, { ...PLAIN_LAYOUT, views: new Views(source.options()) })
  }

  /** A view's listing alone. */
  function viewText(tree: LibraryTree, name: string): string {
    const root = tree.find(`/${name}`)
    return root?.kind === 'directory' ? treeText({ root } as LibraryTree) : 'no view'
  }

  it('are at the root, each when it is switched on, empty ones too', () => {
    const names = (which: Parameters<ScriptedViews['options']>[0]) => {
      const views = new Views(source.options(which))
      return [...buildWith([], undefined, [], { ...PLAIN_LAYOUT, views }).root.children.keys()].slice(2)
    }
    expect(names({})).to.deep.equal(['Recently Added', 'Continue Watching', 'Instant'])
    expect(names({ hasInstant: false, hasRecentlyAdded: false })).to.deep.equal(['Continue Watching'])
    expect(names({ hasContinueWatching: false })).to.deep.equal(['Recently Added', 'Instant'])
  })

  it('Recently Added: films as files, an episode as a file, several of a show in a folder, the newest first', () => {
    const tree = build(
      rows(`movie 1 "Heat" 1995 torrent=a1:0 at=30
            subtitle movie 1 "en.srt" torrent=a1:1 lang=en
            stored movie 1 ".srt" beside=a1:0 lang=de
            sidecar movie 1 "movie.nfo"
            sidecar movie 1 ".nfo" beside=a1:0
            movie 2 "Alien" 1979 torrent=b2:0 at=10 res=720p
            movie 2 "Alien" 1979 torrent=b3:0 at=40 res=1080p
            episode 1 "Lost" 2004 S01E02 "Pilot" torrent=c1:1 at=20
            episode 1 "Lost" 2004 S01E01 torrent=c1:0 at=20
            subtitle show 1 "en.srt" torrent=c1:2 video=1 lang=en
            episode 2 "Dark" 2017 S02E03 torrent=d1:0 at=50
            movie 3 "Trashed" 2000 trashed=yes at=60`),
    )
    expect(viewText(tree, 'Recently Added')).to.equal(
      outline(`Dark - S02E03.mkv
               Alien (1979) - 720p.mkv
               Alien (1979) - 1080p.mkv
               Heat (1995).mkv
               Heat (1995).en.srt
               Heat (1995).de.srt
               Lost (2004)/
                 Lost - S01E01.mkv
                 Lost - S01E02 - Pilot.mkv
                 Lost - S01E02 - Pilot.en.srt`),
    )
  })

  it('Recently Added: the last fifty, a pack counting once, of a show only what came', () => {
    const pack = Array.from(
      { length: 24 },
      (_, n) => `episode 1 "Lost" 2004 S01E${n + 1} torrent=c1:${n} at=${9 * DAY_S}`,
    )
    const films = Array.from({ length: 60 }, (_, n) => `movie ${n + 1} "Film ${n + 1}" 2000 at=${n}`)
    const tree = build(rows([...pack, ...films, `episode 1 "Lost" 2004 S02E01 torrent=e5:0 at=0`].join('\n')))
    const names = viewText(tree, 'Recently Added').split('\n')
    expect(names.slice(0, 3)).to.deep.equal(['Lost (2004)/', '  Lost - S01E01.mkv', '  Lost - S01E02.mkv'])
    expect(names).to.have.length(1 + 24 + 49)
    expect(names.slice(25, 27)).to.deep.equal(['Film 60 (2000).mkv', 'Film 59 (2000).mkv'])
    expect(names.at(-1)).to.equal('Film 12 (2000).mkv')
  })

  it('has names that say which of two shows of one title it is', () => {
    source.watched = [contentOf('a1:0'), contentOf('b2:0')]
    const tree = build(
      rows(
        'episode 1 "Show" 1990 S01E01 torrent=a1:0\nepisode 2 "Show" 2020 S01E01 "Pilot" torrent=b2:0\nepisode 3 "Show" 2021 S01E01',
      ),
    )
    expect(viewText(tree, 'Continue Watching')).to.equal('Show - S01E01.mkv\nShow - S01E01 - Pilot.mkv')
    expect(viewText(tree, 'Recently Added').split('\n')).to.deep.equal([
      'Show - S01E01.mkv',
      'Show - S01E01 - Pilot.mkv',
      'Show (2021) - S01E01.mkv',
    ])
  })

  it('Continue Watching: what was begun, the last watched first, each by itself', () => {
    source.watched = ['c1:1', 'f0:0', 'a1:0', 'c1:0'].map(contentOf)
    const library = rows(`movie 1 "Heat" 1995 torrent=a1:0
                          subtitle movie 1 "en.srt" torrent=a1:1 lang=en
                          episode 1 "Lost" 2004 S01E01 torrent=c1:0
                          episode 1 "Lost" 2004 S01E02 torrent=c1:1
                          episode 1 "Lost" 2004 S01E03 torrent=c1:2`)
    expect(viewText(build(library), 'Continue Watching')).to.equal(
      outline(`Lost - S01E02.mkv
               Heat (1995).mkv
               Heat (1995).en.srt
               Lost - S01E01.mkv`),
    )
  })

  it('Instant: what is wholly cached, asking only of torrents that are in the cache', () => {
    source.cached = new Set(['a1:0', 'c1:0', 'c1:2'].map(contentOf))
    const library = rows(`movie 1 "Heat" 1995 torrent=a1:0
                          movie 2 "Alien" 1979 torrent=b1:0
                          episode 1 "Lost" 2004 S01E01 torrent=c1:0
                          episode 1 "Lost" 2004 S01E02 torrent=c1:1
                          episode 1 "Lost" 2004 S02E01 torrent=c1:2`)
    expect(viewText(build(library), 'Instant')).to.equal(
      outline(`Heat (1995).mkv
               Lost (2004)/
                 Lost - S01E01.mkv
                 Lost - S02E01.mkv`),
    )
    expect(source.asked).to.not.include(contentOf('b1:0'))
  })

  it('shows the same content under an equal etag and its own href', () => {
    const tree = build(rows('movie 1 "Heat?" 1995 torrent=a1:0\nstored movie 1 ".srt" beside=a1:0'))
    for (const name of ['Heat (1995).mkv', 'Heat (1995).srt']) {
      const own = tree.find(`/Movies/Heat (1995)/${name}`) as FileNode
      const viewed = tree.find(`/Recently Added/${name}`) as FileNode
      expect(viewed.href).to.equal(
        `/Recently%20Added/${encodeURIComponent(name).replace('%28', '(').replace('%29', ')')}`,
      )
      const { content, etag, sizeBytes, modifiedAtMs, mediaType, isSubtitle } = own
      expect(viewed).to.include({ content, etag, sizeBytes, modifiedAtMs, mediaType, isSubtitle })
    }
  })

  it('keeps the library as it is when only a view changed, and the tree when none did', () => {
    const before = build(rows('movie 1 "Heat" 1995 torrent=a1:0'))
    expect(build([], before)).to.equal(before)
    source.watched = [contentOf('a1:0')]
    const after = build([], before)
    expect(after.version).to.equal(before.version + 1)
    expect(after.sections).to.deep.equal(before.sections)
    for (const path of ['/Movies', '/TV Shows', '/Recently Added', '/Instant']) {
      expect(after.find(path), path).to.equal(before.find(path))
    }
    expect(after.find('/Continue Watching/Heat (1995).mkv')).to.not.equal(undefined)
    expect(after.root.etag).to.not.equal(before.root.etag)
  })

  it('follows the library', () => {
    source.watched = [contentOf('a1:0')]
    const library = rows('movie 1 "Heat" 1995 torrent=a1:0')
    const gone = build([], build(library), [{ kind: 'movie', id: 1 } as LibraryItem])
    expect(viewText(gone, 'Continue Watching')).to.equal('')
    expect(viewText(gone, 'Recently Added')).to.equal('')
  })

  const titled = fc.record({
    title: fc.oneof(fc.constantFrom('a', 'A', 'á', 'a - S01E01', 'con', '👨‍👩‍👧 x', 'شو', '‮x'), anyText),
    isMovie: fc.boolean(),
    year: fc.integer({ min: 1999, max: 2001 }),
    files: fc.integer({ min: 1, max: 3 }),
  })

  it('has legal, unique names for any library, and is the same by any way', () => {
    fc.assert(
      fc.property(fc.array(titled, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 8 }), (items, picks) => {
        const library = items.flatMap(({ title, isMovie, year, files }, index): LibraryRow[] =>
          Array.from({ length: files }, (_, file) => {
            const torrent = `torrent=${index + 1}:${file}`
            const [row] = rows(
              isMovie
                ? `movie ${index + 1} "" ${year} ${torrent} res=${file}p`
                : `episode ${index + 1} "" ${year} S01E0${file} ${torrent}`,
            )
            return { ...(row as LibraryRow & { kind: 'movie' }), title }
          }),
        )
        const contents = library.flatMap((row) =>
          'infoHash' in row ? contentOf(`${row.infoHash}:${'fileIndex' in row ? row.fileIndex : 0}`) : [],
        )
        const picked = new Set(picks.flatMap((pick) => contents[pick % Math.max(1, contents.length)] ?? []))
        source.watched = []
        source.cached = new Set()
        const before = build(library)
        source.watched = [...picked]
        source.cached = picked
        const tree = build([], before)
        const upper = new Set<string>()
        for (const { path, node } of walk(tree.root)) {
          expect(faultOf(node.name), path).to.equal(undefined)
          expect(tree.find(path)).to.equal(node)
          expect(decodeURIComponent(node.href)).to.equal(node.kind === 'file' ? path : `${path}/`)
          upper.add(path.toUpperCase().normalize('NFC'))
        }
        expect(upper.size).to.equal(tree.entries)
        expect(facts(tree)).to.deep.equal(facts(build(library)))
        const shown = [...walk(tree.find('/Continue Watching')!)].map(({ node }) => (node as FileNode).content)
        expect(shown).to.deep.equal([...picked])
      }),
      { numRuns: 150 },
    )
  })

  it('is a moment of the epoch when nothing is in it', () => {
    expect(build([]).find('/Instant')?.modifiedAtMs).to.equal(TREE_EPOCH_MS)
  })
})
