import { expect } from 'chai'
import type { Layout } from '../../lib/tree/library-tree.ts'
import { build } from '../support/tree-build.ts'
import { outline, rows, TREE_EPOCH_MS, treeText } from '../support/tree-language.ts'

function expectTree(library: string, expected: string): void {
  expect(treeText(build(rows(library)))).to.equal(outline(expected))
}

describe('the trash, sidecars and /Offline', () => {
  it('shows what is in the trash there only, movies and shows side by side', () => {
    expectTree(
      `movie 1 "Heat" 1995 torrent=a1:0 res=1080p at=1
       movie 1 "Heat" 1995 torrent=b2:0 res=720p at=2 trashed=yes
       subtitle movie 1 "en.srt" torrent=b2:1 lang=en
       sidecar movie 1 "movie.nfo"
       episode 1 "Heat" 1995 S01E01 trashed=yes
       episode 1 "Heat" 1995 S02E01
       movie 3 "Alien" 1979 torrent=c3:0 trashed=yes
       sidecar movie 3 "movie.nfo"
       subtitle movie 3 "Subs/2_English.srt" torrent=c3:5 lang=en`,
      `Movies/
         Heat (1995)/
           Heat (1995).mkv
           movie.nfo
       TV Shows/
         Heat (1995)/
           Season 02/
             Heat - S02E01.mkv
       Trash/
         Alien (1979)/
           Alien (1979).mkv
           Alien (1979).en.srt
         Heat (1995)/
           Heat (1995).mkv
           Heat (1995).en.srt
         Heat (1995) (2)/
           Season 01/
             Heat - S01E01.mkv`,
    )
  })

  it('puts sidecars beside the item or the video, stored subtitles after those of the torrent', () => {
    expectTree(
      `sidecar movie 1 "poster.jpg" id=2
       sidecar movie 1 "movie.nfo" id=1
       movie 1 "Heat" 1995 torrent=a1:0
       stored movie 1 ".srt" beside=a1:0 lang=en id=9
       stored movie 1 ".SRT" beside=a1:0 lang=en id=4
       subtitle movie 1 "en.srt" torrent=a1:1 lang=en
       sidecar movie 2 "movie.nfo"
       stored movie 2 ".srt" beside=b2:0 lang=en
       episode 1 "Show" - S01E01 torrent=c3:0
       sidecar show 1 "-thumb.jpg" beside=c3:0 id=6
       sidecar show 1 ".nfo" beside=c3:0 id=5
       sidecar show 1 "tvshow.nfo" id=7
       sidecar show 1 "season01-poster.jpg" id=8`,
      `Movies/
         Heat (1995)/
           Heat (1995).mkv
           Heat (1995).en.srt
           Heat (1995).2.en.srt
           Heat (1995).3.en.srt
           movie.nfo
           poster.jpg
       TV Shows/
         Show/
           Season 01/
             Show - S01E01.mkv
             Show - S01E01.nfo
             Show - S01E01-thumb.jpg
           tvshow.nfo
           season01-poster.jpg`,
    )
  })

  it('keeps the names that players look for, before a film that is called so', () => {
    expectTree(
      `movie 1 "movie" - torrent=a1:0 file=x.nfo
       sidecar movie 1 "movie.nfo"
       movie 2 "Movie" - torrent=b2:0
       sidecar movie 2 "movie.nfo"`,
      `Movies/
         movie/
           movie (2).nfo
           movie.nfo
         Movie (2)/
           Movie (2).mkv
           movie.nfo
       TV Shows/`,
    )
  })

  it('has a strong etag of tag and size, the media type and the content of a sidecar', () => {
    const tree = build(rows('movie 1 "Heat" 1995\nsidecar movie 1 "poster.jpg" id=12 tag=Ab-1 size=36 at=5'))
    expect(tree.find('/Movies/Heat (1995)/poster.jpg')).to.include({
      etag: '"Ab-1-10"',
      mediaType: 'image/jpeg',
      content: 'local:sidecar:12',
      sizeBytes: 36,
      modifiedAtMs: TREE_EPOCH_MS + 5000,
      isSubtitle: false,
    })
  })

  it('shows /Offline as its paths say, unambiguous and legal', () => {
    expectTree(
      `offline "For the train/Heat.mkv" torrent=a1:0
       offline "For the train/HEAT.mkv" torrent=b2:0
       offline "for: now?/x.mkv" torrent=c3:0
       offline "Alien.mkv" torrent=d4:0`,
      `Movies/
       TV Shows/
       Offline/
         For the train/
           HEAT.mkv
           Heat (2).mkv
         for - now/
           x.mkv
         Alien.mkv`,
    )
  })

  it('hides /Trash, and /Offline or shows it when it is empty, as it is told', () => {
    const library = rows('movie 1 "Heat" 1995 trashed=yes\noffline "x.mkv" torrent=a1:0')
    const names = (tree: ReturnType<typeof build>) => [...tree.root.children.keys()]
    expect(names(build(library, undefined, [], { hasTrash: false, offline: 'never' }))).to.deep.equal([
      'Movies',
      'TV Shows',
    ])
    expect(names(build([], undefined, [], { hasTrash: true, offline: 'always' }))).to.deep.equal([
      'Movies',
      'TV Shows',
      'Offline',
    ])
  })

  it('shows folders of /Offline that hold nothing, once, beside what is there', () => {
    const library = rows('offline "Train/Heat.mkv" torrent=a1:0\noffline "x.mkv" torrent=b2:0')
    let folders = ['TRAIN', 'Train/inner', 'x.mkv/no', 'a/b', 'A']
    const layout: Layout = { hasTrash: true, offline: 'held', folders: () => folders }
    const tree = build(library, undefined, [], layout)
    expect(treeText(tree)).to.equal(
      outline(`Movies/
               TV Shows/
               Offline/
                 Train/
                   Heat.mkv
                   inner/
                 x.mkv
                 a/
                   b/`),
    )
    expect(build([], tree, [], layout), 'the same again').to.equal(tree)
    folders = []
    const after = build([], tree, [], layout)
    expect(treeText(after)).to.equal(treeText(build(library)))
    expect(after.find('/Offline/Train')?.etag).to.equal(build(library).find('/Offline/Train')?.etag)
    const none = build([], undefined, [], { ...layout, folders: () => ['a'] })
    expect(none.find('/Offline/a/')).to.have.property('kind', 'directory')
  })

  it('says what a directory stands for', () => {
    const tree = build(
      rows(`movie 5 "Heat" 1995
            movie 5 "Heat" 1995 trashed=yes
            episode 7 "Show" - S03E01
            episode 7 "Show" - S00E01 trashed=yes
            unsorted a1 "x" "x/d/y.mkv"
            offline "d/x.mkv" torrent=a1:0`),
    )
    const subject = (path: string) => {
      const node = tree.find(path)
      expect(node, path).to.have.property('kind', 'directory')
      return node?.kind === 'directory' ? node.subject : undefined
    }
    expect(subject('/Movies/Heat (1995)')).to.deep.equal({ kind: 'movie', id: 5 })
    expect(subject('/Trash/Heat (1995)')).to.deep.equal({ kind: 'movie', id: 5, isTrashed: true })
    expect(subject('/TV Shows/Show')).to.deep.equal({ kind: 'show', id: 7 })
    expect(subject('/TV Shows/Show/Season 03')).to.deep.equal({ kind: 'season', showId: 7, season: 3 })
    expect(subject('/Trash/Show')).to.deep.equal({ kind: 'show', id: 7, isTrashed: true })
    const specials = { kind: 'season', showId: 7, season: 0, isTrashed: true }
    expect(subject('/Trash/Show/Season 00')).to.deep.equal(specials)
    expect(subject('/Unsorted/x')).to.deep.equal({ kind: 'unsorted', infoHash: 'a1'.padStart(40, '0') })
    expect(subject('/Offline')).to.deep.equal({ kind: 'offline' })
    for (const path of ['/', '/Movies', '/Trash', '/Unsorted/x/d', '/Offline/d']) {
      expect(subject(path), path).to.equal(undefined)
    }
  })

  it('keeps the node of a sidecar that is the same, and gives a new one when its bytes are others', () => {
    const library = 'movie 1 "Heat" 1995 torrent=a1:0\nsidecar movie 1 "movie.nfo" id=3 tag='
    const before = build(rows(`${library}a`))
    const same = build(rows(`${library}a\nmovie 1 "Heat" 1995 torrent=b2:0`), before)
    const path = '/Movies/Heat (1995)/movie.nfo'
    expect(same.find(path)).to.equal(before.find(path))
    const other = build(rows(`${library}b`), before)
    expect(other.find(path)?.etag).to.not.equal(before.find(path)?.etag)
    expect(other.find('/Movies')?.etag).to.not.equal(before.find('/Movies')?.etag)
  })
})
