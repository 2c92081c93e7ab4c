import { expect } from 'chai'
import { build } from '../support/tree-build.ts'
import { itemOf, outline, rows, TREE_EPOCH_MS, treeText, walk } from '../support/tree-language.ts'

function expectTree(library: string, expected: string): void {
  expect(treeText(build(rows(library)))).to.equal(outline(expected))
}

describe('the names of the tree', () => {
  it('always has /Movies and /TV Shows, and /Unsorted only when it holds something', () => {
    expectTree('', 'Movies/\nTV Shows/')
    expectTree('unsorted a1 "x" "x/.DS_Store"', 'Movies/\nTV Shows/')
  })

  it('names a movie by title and year, its versions side by side', () => {
    expectTree(
      `movie 1 "Heat" 1995 file=a/heat.MKV
       movie 2 "Alien" 1979 res=1080p at=1
       movie 2 "Alien" 1979 res=2160p at=2 file=x.mp4
       movie 2 "Alien" 1979 res=1080p src=WEB-DL at=3
       movie 2 "Alien" 1979 res=1080p at=4
       movie 3 "No: Year?" - file=extensionless`,
      `Movies/
         Alien (1979)/
           Alien (1979) - 1080p.mkv
           Alien (1979) - 2160p.mp4
           Alien (1979) - 1080p WEB-DL.mkv
           Alien (1979) - 1080p (2).mkv
         Heat (1995)/
           Heat (1995).mkv
         No - Year/
           No - Year
       TV Shows/`,
    )
  })

  it('names the cuts and the parts of one item, as players stack them', () => {
    expectTree(
      `movie 1 "Blade" 1982 res=720p at=1 file="b/Blade.1982.The.Final.Cut.mkv"
       movie 1 "Blade" 1982 res=720p at=2 file="b/Blade (1982) - Director's Cut.mkv"
       movie 1 "Blade" 1982 res=720p at=3 file="b/blade.1982.workprint.mkv"
       movie 1 "Blade" 1982 res=720p at=4 file="b/Blade.1982.mkv"
       movie 2 "Long" 1999 at=1 file="l/long-cd1.avi"
       movie 2 "Long" 1999 at=1 file="l/long-cd2.avi"
       movie 3 "Lone" 1999 file="l/lone.cd1.avi"
       episode 1 "Show" 2010 S01E02 at=1 file="s/show.s01e02a.avi"
       episode 1 "Show" 2010 S01E02 at=1 file="s/show.s01e02b.avi"`,
      `Movies/
         Blade (1982)/
           Blade (1982) - 720p Final Cut.mkv
           Blade (1982) - 720p Director's Cut.mkv
           Blade (1982) - 720p Workprint.mkv
           Blade (1982) - 720p.mkv
         Lone (1999)/
           Lone (1999).avi
         Long (1999)/
           Long (1999) - cd1.avi
           Long (1999) - cd2.avi
       TV Shows/
         Show (2010)/
           Season 01/
             Show - S01E02 - part1.avi
             Show - S01E02 - part2.avi`,
    )
  })

  it('orders seasons and episodes by number, specials first', () => {
    expectTree(
      `episode 1 "Show" 2010 S01E100 "Hundred"
       episode 1 "Show" 2010 S01E11
       episode 1 "Show" 2010 S01E01-E02 "Two/One"
       episode 1 "Show" 2010 S00E01 "Special"
       episode 1 "Show" 2010 S1936E18
       episode 1 "Show" 2010 S01E11 "Name" res=720p at=1
       episode 1 "Show" 2010 S01E03 "Name."`,
      `Movies/
       TV Shows/
         Show (2010)/
           Season 00/
             Show - S00E01 - Special.mkv
           Season 01/
             Show - S01E01-E02 - Two-One.mkv
             Show - S01E03 - Name.mkv
             Show - S01E11.mkv
             Show - S01E11 - Name - 720p.mkv
             Show - S01E100 - Hundred.mkv
           Season 1936/
             Show - S1936E18.mkv`,
    )
  })

  it('puts subtitles beside their video: language and flags last, several of a language numbered', () => {
    expectTree(
      `movie 1 "Heat" 1995 torrent=a1:0
       subtitle movie 1 "Subs/2_English.SRT" torrent=a1:5 lang=en
       subtitle movie 1 "Subs/3_English.srt" torrent=a1:6 lang=en
       subtitle movie 1 "Subs/4_English.srt" torrent=a1:7 lang=en flags=sdh
       subtitle movie 1 "Subs/forced.en.ass" torrent=a1:8 lang=en flags=forced
       subtitle movie 1 "heat.srt" torrent=a1:1
       subtitle movie 1 "heat.2.srt" torrent=a1:2
       subtitle movie 1 "c.srt" torrent=a1:9 lang=pt-BR flags=commentary`,
      `Movies/
         Heat (1995)/
           Heat (1995).mkv
           Heat (1995).srt
           Heat (1995).2.srt
           Heat (1995).en.srt
           Heat (1995).2.en.srt
           Heat (1995).en.sdh.srt
           Heat (1995).en.forced.ass
           Heat (1995).commentary.pt-BR.srt
       TV Shows/`,
    )
  })

  it('gives an index and its pictures one stem, and each version and episode its own', () => {
    expectTree(
      `movie 1 "Heat" 1995 torrent=a1:0 res=1080p at=1
       movie 1 "Heat" 1995 torrent=b2:0 res=720p at=2
       subtitle movie 1 "a.sub" torrent=a1:1 lang=de
       subtitle movie 1 "x/b.idx" torrent=a1:2 lang=de
       subtitle movie 1 "x/b.sub" torrent=a1:3 lang=de
       subtitle movie 1 "en.srt" torrent=b2:1 lang=en
       episode 2 "Show" - S01E01 torrent=c3:0
       episode 2 "Show" - S01E02-E03 torrent=c3:1
       subtitle show 2 "Subs/1.srt" torrent=c3:2 video=1 lang=fr
       subtitle show 2 "Subs/0.srt" torrent=c3:3 video=0 lang=fr`,
      `Movies/
         Heat (1995)/
           Heat (1995) - 1080p.mkv
           Heat (1995) - 1080p.de.sub
           Heat (1995) - 1080p.2.de.idx
           Heat (1995) - 1080p.2.de.sub
           Heat (1995) - 720p.mkv
           Heat (1995) - 720p.en.srt
       TV Shows/
         Show/
           Season 01/
             Show - S01E01.mkv
             Show - S01E01.fr.srt
             Show - S01E02-E03.mkv
             Show - S01E02-E03.fr.srt`,
    )
  })

  it('keeps the paths of unsorted torrents, their own top folder once', () => {
    expectTree(
      `unsorted a1 "Some.Torrent" "Some.Torrent/Subs/a:b.srt" torrent=a1:1
       unsorted a1 "Some.Torrent" "Some.Torrent/film.avi" torrent=a1:0
       unsorted a1 "Some.Torrent" "Some.Torrent/FILM.avi" torrent=a1:2
       unsorted a1 "Some.Torrent" "Some.Torrent/film.srt" torrent=a1:3
       unsorted a1 "Some.Torrent" "Some.Torrent/subs/._x" torrent=a1:4
       unsorted a1 "Some.Torrent" "Some.Torrent/subs/../c" torrent=a1:5
       unsorted b2 "single.mkv" "single.mkv"`,
      `Movies/
       TV Shows/
       Unsorted/
         single.mkv/
           single.mkv
         Some.Torrent/
           Subs/
             a-b.srt
           subs (2)/
             _/
               c
           film.avi
           FILM (2).avi
           film.srt`,
    )
  })

  it('gives a name to the lowest id, the TMDB id or a number to the others', () => {
    expectTree(
      `movie 9 "The Thing" 1982 res=720p
       movie 9 "The Thing" 1982 res=1080p
       movie 5 "THE THING" 1982 tmdb=1091
       movie 7 "The Thing?" 1982 tmdb=60935
       movie 8 "The Thing" 1982`,
      `Movies/
         THE THING (1982)/
           THE THING (1982).mkv
         The Thing (1982) (2)/
           The Thing (1982) (2).mkv
         The Thing (1982) (3)/
           The Thing (1982) (3) - 720p.mkv
           The Thing (1982) (3) - 1080p.mkv
         The Thing (1982) [tmdbid-60935]/
           The Thing (1982) [tmdbid-60935].mkv
       TV Shows/`,
    )
  })

  it('keeps numbers, versions and extensions of titles that are too long', () => {
    const tree = build(
      rows(`movie 1 "${'長'.repeat(200)}" 1999 res=1080p
            movie 1 "${'長'.repeat(200)}" 1999 res=720p
            episode 1 "${'Long '.repeat(60)}" 2000 S01E02 "${'Name '.repeat(60)}"`),
    )
    const names = [...walk(tree.root)].map(({ node }) => node.name)
    expect(names).to.include(`${'長'.repeat(50)} (1999) - 1080p.mkv`)
    expect(names.some((name) => / - S01E02 - Name.*\.mkv$/.test(name))).to.equal(true)
  })
})

describe('a node of the tree', () => {
  const tree = build(
    rows(`movie 1 "Tom & Jerry? 100%" 2021 torrent=ab:3 size=5000000000 at=90061
          movie 2 "Éloge" 2001 at=60
          episode 1 "Show" 2010 S01E01 "Pilot" at=30 file=x.ts`),
  )

  it('is found by its path with and without slashes, in NFC and NFD, and not by another', () => {
    const found = (path: string) => tree.find(path)?.href
    expect(found('/')).to.equal('/')
    expect(found('')).to.equal('/')
    expect(found('/Movies')).to.equal('/Movies/')
    expect(found('Movies/Éloge (2001)/')).to.equal('/Movies/%C3%89loge%20(2001)/')
    expect(found('/Movies/Éloge (2001)/Éloge (2001).mkv'.normalize('NFD'))).to.match(/\.mkv$/)
    for (const path of ['/movies', '/Movies/x', '/Movies//Éloge (2001)', '/Movies/..', '/__proto__']) {
      expect(tree.find(path), path).to.equal(undefined)
    }
    expect(found('/Movies/Éloge (2001)/Éloge (2001).mkv/x')).to.equal(undefined)
  })

  it('is as new as the newest below it', () => {
    expect(tree.root.lastModified).to.equal('Fri, 02 Jan 2026 01:01:01 GMT')
    expect(tree.find('/TV Shows')?.modifiedAtMs).to.equal(TREE_EPOCH_MS + 30_000)
  })

  it('counts entries', () => expect(tree.entries).to.equal([...walk(tree.root)].length))
})

describe('the next tree', () => {
  const library = `movie 1 "Heat" 1995
                   movie 2 "Alien" 1979
                   episode 1 "Show" 2010 S01E01
                   episode 1 "Show" 2010 S02E01
                   episode 2 "Other" 2011 S01E01
                   unsorted a1 "x" "x/y.avi"`

  it('is the previous one when nothing changed', () => {
    const before = build(rows(library))
    expect(build(rows(library), before, rows(library).map(itemOf))).to.equal(before)
  })

  it('keeps every node that did not change', () => {
    const before = build(rows(library))
    const added = rows(`${library}\nepisode 1 "Show" 2010 S02E02`).filter(
      (row) => row.kind === 'episode' && row.showId === 1,
    )
    const after = build(added, before, added.map(itemOf))
    const changedPaths = [...walk(after.root)]
      .filter(({ path, node }) => before.find(path) !== node)
      .map(({ path }) => path)
    expect(changedPaths).to.deep.equal([
      '/TV Shows',
      '/TV Shows/Show (2010)',
      '/TV Shows/Show (2010)/Season 02',
      '/TV Shows/Show (2010)/Season 02/Show - S02E02.mkv',
    ])
    expect(after.version).to.equal(before.version + 1)
    for (const path of ['/', '/TV Shows', '/TV Shows/Show (2010)/Season 02']) {
      expect(after.find(path)?.etag).to.not.equal(before.find(path)?.etag)
    }
  })

  it('drops an item without rows, and /Unsorted with its last', () => {
    const gone = build([], build(rows(library)), rows('movie 1 "" 1\nunsorted a1 "" ""').map(itemOf))
    expect(gone.find('/Movies/Heat (1995)')).to.equal(undefined)
    expect([...gone.root.children.keys()]).to.deep.equal(['Movies', 'TV Shows'])
  })

  it('gives a freed name to the next in line, its files too', () => {
    const two = build(
      rows('movie 1 "Heat" 1995\nmovie 2 "Heat" 1995 res=1080p torrent=a\nmovie 2 "Heat" 1995 res=720p'),
    )
    const one = build([], two, rows('movie 1 "" 1').map(itemOf))
    expect(treeText(one)).to.equal(
      outline(`Movies/
                 Heat (1995)/
                   Heat (1995) - 720p.mkv
                   Heat (1995) - 1080p.mkv
               TV Shows/`),
    )
    expect(one.find('/Movies/Heat (1995)/Heat (1995) - 1080p.mkv')?.href).to.match(/^\/Movies\/Heat%20\(1995\)\/Heat/)
  })
})
