import { expect } from 'chai'
import { places } from './places.ts'

/** The torrent's own folder before each line. */
const inside = (torrent: string, files: readonly string[]): readonly string[] =>
  places(
    torrent,
    files.map((file) => `${torrent}/${file}`),
  )

describe('identifyFiles, of torrents with more than one thing in them', () => {
  it('tells two shows apart that number the same episodes', () => {
    expect(
      inside('Yes Harbour & Yes, Prime Harbour - Complete', [
        'Yes Harbour/Season 1/Yes Harbour - S01E01 - The Net.avi',
        'Yes Harbour/Season 1/Yes Harbour - S01E02 - The Oar.avi',
        'Yes, Prime Harbour/Season 1/Yes, Prime Harbour - S01E01 - The Rope.avi',
        'Yes, Prime Harbour/Season 1/Yes, Prime Harbour - S01E02 - The Sail.avi',
      ]),
    ).to.deep.equal([
      'Yes Harbour S1E1 The Net',
      'Yes Harbour S1E2 The Oar',
      'Yes, Prime Harbour S1E1 The Rope',
      'Yes, Prime Harbour S1E2 The Sail',
    ])
  })

  it('tells two shows apart by their folders, when their files have no title', () => {
    expect(
      inside('Black Nets + Spared - Complete (DVDRip)', [
        'Black Nets/Series 1/1x01.avi',
        'Black Nets/Series 1/1x02.avi',
        'Spared/Series 1/1x01.avi',
        'Spared/Series 1/1x02.avi',
      ]),
    ).to.deep.equal(['Black Nets S1E1', 'Black Nets S1E2', 'Spared S1E1', 'Spared S1E2'])
  })

  it("keeps the making-of of a season beside it, and the torrent's year for the show", () => {
    expect(
      inside('Harbour.Who.2005.S05.COMPLETE.with.Confidential.PDTV.XviD', [
        'Harbour.Who.2005.S05E01.PDTV.XviD-GRP.avi',
        'Harbour.Who.2005.S05E02.PDTV.XviD-GRP.avi',
        'Confidential/Harbour.Who.Confidential.S05E01.PDTV.XviD-GRP.avi',
        'Confidential/Harbour.Who.Confidential.S05E02.PDTV.XviD-GRP.avi',
      ]),
    ).to.deep.equal([
      'Harbour Who (2005) S5E1',
      'Harbour Who (2005) S5E2',
      'Harbour Who Confidential S5E1',
      'Harbour Who Confidential S5E2',
    ])
  })

  it('tells two dated shows apart', () => {
    expect(
      inside('The Late Tide and The Reed Report - Week of June 2 2014', [
        'the.late.tide.2014.06.02.hdtv.x264-grp.mp4',
        'the.reed.report.2014.06.02.hdtv.x264-grp.mp4',
        'the.late.tide.2014.06.03.hdtv.x264-grp.mp4',
        'the.reed.report.2014.06.03.hdtv.x264-grp.mp4',
      ]),
    ).to.deep.equal([
      'The Late Tide S2014E602',
      'The Reed Report S2014E602',
      'The Late Tide S2014E603',
      'The Reed Report S2014E603',
    ])
  })

  it('lets files of one show spell it as they like', () => {
    expect(
      inside('The Long Harbour Theory S01 720p', [
        'tlht.s01e01.mkv',
        'tlht.s01e02.mkv',
        'The Long Harbour Theory 1x03.mkv',
      ]),
    ).to.deep.equal(['The Long Harbour Theory S1E1', 'The Long Harbour Theory S1E2', 'The Long Harbour Theory S1E3'])
  })

  it('keeps every cut of a film', () => {
    expect(
      inside('Blade Tide (1982) Ultimate Collection 720p BluRay', [
        'Blade Tide (1982) - US Theatrical Cut.mkv|7000',
        "Blade Tide (1982) - Director's Cut.mkv|7100",
        'Blade Tide (1982) - The Final Cut.mkv|7300',
        'Blade Tide (1982) - Workprint.mkv|6900',
        'Blade Tide (1982) - Workprint again.mkv|6000',
      ]),
    ).to.deep.equal(
      ['Blade Tide (1982)', 'Blade Tide (1982)', 'Blade Tide (1982)', 'Blade Tide (1982)', 'Blade Tide (1982)'].with(
        4,
        'duplicate',
      ),
    )
  })

  it('keeps both halves of an episode, and both stories of another', () => {
    expect(
      inside('Inspector Reed - Series 1 [DVDRip]', [
        'Inspector Reed - S01E01 - The Net - CD1.avi',
        'Inspector Reed - S01E01 - The Net - CD2.avi',
        'Inspector Reed - S01E02a - The Oar.avi',
        'Inspector Reed - S01E02b - The Rope.avi',
      ]),
    ).to.deep.equal([
      'Inspector Reed S1E1 The Net',
      'Inspector Reed S1E1 The Net',
      'Inspector Reed S1E2 The Oar',
      'Inspector Reed S1E2 The Rope',
    ])
  })

  it('finds mini-series among films: by parts, by numbers in a folder of one year, by one name and year', () => {
    expect(
      inside('Jan Reed Documentaries', [
        'The Century of Nets (2002)/The Century of Nets - Part 1 - Oars.avi|350',
        'The Century of Nets (2002)/The Century of Nets - Part 2 - Ropes.avi|350',
        'The Century of Nets (2002)/The Century of Nets - Part 3 - Sails.avi|350',
        "The Power of Tides (2004)/1. Baby It's Cold.avi|450",
        'The Power of Tides (2004)/2. The Net.avi|450',
        'The Power of Tides (2004)/3. The Oar.avi|450',
        'HyperTide (2016)/HyperTide.2016.720p.WEBRip.x264.mp4|2600',
      ]),
    ).to.deep.equal([
      'The Century of Nets (2002) S1E1',
      'The Century of Nets (2002) S1E2',
      'The Century of Nets (2002) S1E3',
      "The Power of Tides (2004) S1E1 Baby It's Cold",
      'The Power of Tides (2004) S1E2 The Net',
      'The Power of Tides (2004) S1E3 The Oar',
      'HyperTide (2016)',
    ])
    expect(
      inside('Dekatide (1989) Jan Reed', [
        'Dekatide.01.1989.POLISH.DVDRip.avi|603',
        'Dekatide.02.1989.POLISH.DVDRip.avi|594',
        'Dekatide.03.1989.POLISH.DVDRip.avi|608',
      ]),
    ).to.deep.equal(['Dekatide (1989) S1E1', 'Dekatide (1989) S1E2', 'Dekatide (1989) S1E3'])
  })

  it('leaves the films of a box films', () => {
    expect(
      inside('Star Tide Trilogy', [
        '1. A New Tide.avi|1400',
        '2. The Tide Strikes.avi|1450',
        '3. Return of the Tide.avi|1500',
      ]),
    ).to.deep.equal(['A New Tide', 'The Tide Strikes', 'Return of the Tide'])
    expect(inside('Long Tide (1999)', ['Long Tide - Part 1.avi|700', 'Long Tide - Part 2.avi|700'])).to.deep.equal([
      'Long Tide (1999)',
      'Long Tide (1999)',
    ])
  })

  it('takes the folder for the show where a name begins with its number', () => {
    expect(
      inside('Jan Reed - The Tide Collection', [
        'Tide on Earth (1979)/09 The Net.avi|400',
        'Tide on Earth (1979)/10 The Oar.avi|400',
        'Tide on Earth (1979)/11 The Rope and Sail.avi|400',
      ]),
    ).to.deep.equal([
      'Tide on Earth (1979) S1E9 The Net',
      'Tide on Earth (1979) S1E10 The Oar',
      'Tide on Earth (1979) S1E11 The Rope and Sail',
    ])
  })

  it('files the parts of a special with the specials', () => {
    expect(
      inside('The Harbour (UK) Complete Series + Christmas Specials', [
        'Series 1/The Harbour - 1x01 - Nets.avi|350',
        'Series 1/The Harbour - 1x02 - Oars.avi|350',
        'Specials/The Harbour - Christmas Special Part 1.avi|400',
        'Specials/The Harbour - Christmas Special Part 2.avi|400',
      ]),
    ).to.deep.equal([
      'The Harbour (UK) S1E1 Nets',
      'The Harbour (UK) S1E2 Oars',
      'The Harbour (UK) S0E1',
      'The Harbour (UK) S0E2',
    ])
  })

  it('knows extras by their folder, whatever stands before its name', () => {
    expect(
      inside('Jan Reed - The Masterpiece Collection (1942-1976)', [
        '1942 - The Net.avi|1100',
        '1954 - Rear Oar.avi|1000',
        '_Extras/The Making of The Net.avi|475',
      ]),
    ).to.deep.equal(['The Net (1942)', 'Rear Oar (1954)', 'extra'])
  })

  it('takes the Latin one of two titles, and no word for what it is', () => {
    expect(
      inside('Тишина - Quiet Harbour (Сезоны 1-4) BDRip 720p', ['Сезон 1/Quiet.Harbour.s01e01.The.Net.mkv']),
    ).to.deep.equal(['Quiet Harbour S1E1 The Net'])
    expect(inside('مسلسل باب الميناء الجزء الثاني كامل', ['باب الميناء الجزء 2 الحلقة 01.avi'])).to.deep.equal([
      'باب الميناء S2E1',
    ])
  })

  it('takes a torrent of several seasons for none of them', () => {
    expect(
      inside('Black Nets Series 1, 2 & 3', [
        'Black Nets 101 - The Oar.avi',
        'Black Nets 102 - The Rope.avi',
        'Black Nets 201 - The Sail.avi',
        'Black Nets 301 - The Tide.avi',
      ]),
    ).to.deep.equal([
      'Black Nets S1E1 The Oar',
      'Black Nets S1E2 The Rope',
      'Black Nets S2E1 The Sail',
      'Black Nets S3E1 The Tide',
    ])
  })

  it('reads a choice of episodes from many seasons as seasons', () => {
    expect(
      inside('Quiet Harbour Theater', [
        'QHT 303 - The Net.avi',
        'QHT 424 - The Oar.avi',
        'QHT 512 - The Rope.avi',
        'QHT 521 - The Sail.avi',
      ]),
    ).to.deep.equal([
      'Quiet Harbour Theater S3E3 The Net',
      'Quiet Harbour Theater S4E24 The Oar',
      'Quiet Harbour Theater S5E12 The Rope',
      'Quiet Harbour Theater S5E21 The Sail',
    ])
  })

  it('files the films of a show as films', () => {
    expect(
      inside('[Group]_Paper_Moon_[Dual_Audio]', [
        '[Group]_Paper_Moon_Ep01_(7D6B3123).mkv|300',
        '[Group]_Paper_Moon_Ep02_(872A16DC).mkv|300',
        'Movies/[Group]_Paper_Moon_Movie_1_(BFB30D51).mkv|1200',
        'Movies/[Group]_Paper_Moon_Movie_2_(6E369B08).mkv|1300',
      ]),
    ).to.deep.equal(['Paper Moon S1E1', 'Paper Moon S1E2', 'Paper Moon Movie 1', 'Paper Moon Movie 2'])
    expect(
      inside('Firetide (2002) + Serenitide (2005)', [
        'Firetide/Firetide 1x01.avi|350',
        'Firetide/Firetide 1x02.avi|350',
        'Serenitide/Serenitide.2005.DVDRip.avi|700',
      ]),
    ).to.deep.equal(['Firetide (2002) S1E1', 'Firetide (2002) S1E2', 'Serenitide (2005)'])
  })

  it('takes the folder for what a file shortens, and not where the file says more', () => {
    expect(
      inside('tv series backup', [
        'Breaking tide/season 1/disc 1/bt.101.avi',
        'Breaking tide/season 1/disc 1/bt.102.avi',
        'sg1/season 1/Startide SG-1 - 1x01-02 - The Net.avi',
        'sg1/season 1/Startide SG-1 - 1x03.avi',
        'atlantis/season 1/startide.atlantis.s01e01e02.rising.avi',
        'atlantis/season 1/startide.atlantis.s01e03.avi',
      ]),
    ).to.deep.equal([
      'Breaking tide S1E1',
      'Breaking tide S1E2',
      'Startide SG-1 S1E1,2 The Net',
      'Startide SG-1 S1E3',
      'Startide Atlantis S1E1,2 Rising',
      'Startide Atlantis S1E3',
    ])
  })

  it('files the films of a folder whose name says nothing', () => {
    expect(
      inside('movies_backup_disc3', [
        'tide club.avi|700',
        'THE_TIDE_1999_dvdrip.avi|699',
        '[www.some.com] Inceptide 2010 BRRip.mp4|1100',
        '12 angry nets (1957).avi|700',
        'Ti7e/ti7e-cd1.avi|700',
        'Ti7e/ti7e-cd2.avi|700',
        '2001 a tide odyssey (1968)/2001 a tide odyssey.mkv|2200',
      ]),
    ).to.deep.equal([
      'Tide Club',
      'THE TIDE (1999)',
      'Inceptide (2010)',
      '12 Angry Nets (1957)',
      'Ti7e',
      'Ti7e',
      '2001 a Tide Odyssey (1968)',
    ])
  })

  it('reads runs told in words: `001 a 073`, `1. ve 2. Sezon`', () => {
    expect(
      inside('Les Marins du Port 001 a 073 VF [DVDRip]', [
        'Les Marins du Port - 001 - VF.avi',
        'Les Marins du Port - 002 - VF.avi',
      ]),
    ).to.deep.equal(['Les Marins du Port S1E1', 'Les Marins du Port S1E2'])
    expect(
      inside('Sessiz Liman 1. ve 2. Sezon 720p HDTV', [
        '1. Sezon/Sessiz Liman 1. Sezon 01. Bölüm.mp4',
        '2. Sezon/Sessiz Liman 2. Sezon 01. Bölüm.mp4',
      ]),
    ).to.deep.equal(['Sessiz Liman S1E1', 'Sessiz Liman S2E1'])
  })

  it('knows the seasons of a show by the numbers of its folders', () => {
    const season = (number: string) =>
      ['01 - The Net', '02 - The Oar', '03 - The Rope'].map((name) => `Red Tide ${number}/${name}.mkv`)
    expect(inside('Red Tide - The Complete Collection I-XII', [...season('I'), ...season('II')])).to.deep.equal([
      'Red Tide S1E1 The Net',
      'Red Tide S1E2 The Oar',
      'Red Tide S1E3 The Rope',
      'Red Tide S2E1 The Net',
      'Red Tide S2E2 The Oar',
      'Red Tide S2E3 The Rope',
    ])
  })

  it('takes bare numbers beside a special that has none', () => {
    expect(
      inside('Nets Series 2 (Jan Reed) DVDRip', [
        '1.avi|230',
        '2.avi|230',
        '3.avi|230',
        'Nets Christmas Special.avi|650',
      ]).slice(0, 3),
    ).to.deep.equal(['Nets S2E1', 'Nets S2E2', 'Nets S2E3'])
  })

  it('takes the name that numbered folders share for the show, whatever else the torrent says', () => {
    const season = (number: string) =>
      ['01 - The Net', '02 - The Oar', '03 - The Rope'].map((name) => `Red Tide ${number}/${name}.avi`)
    expect(inside('Red Tide I-VIII (UK sitcom) DVDRip', [...season('I'), ...season('II')])[3]).to.equal(
      'Red Tide S2E1 The Net',
    )
  })

  it('knows series of two parts each by the numbers of their folders', () => {
    const parts = (number: number) =>
      [1, 2].map((part) => `Reed Suspect ${number}/Reed Suspect ${number} - Part ${part}.avi`)
    expect(inside('Reed Suspect 1-2 (Jan Reed)', [...parts(1), ...parts(2)])).to.deep.equal([
      'Reed Suspect S1E1',
      'Reed Suspect S1E2',
      'Reed Suspect S2E1',
      'Reed Suspect S2E2',
    ])
  })

  it('finds the number behind the name of its folder, and tells outtakes from a show of that name', () => {
    const season = (number: string) =>
      ['01 - The Net', '02 - The Oar', '03 - The Rope'].map(
        (name) => `Red Tide ${number}/Red Tide ${number} - ${name}.avi|230`,
      )
    expect(
      inside('Red Tide Series I-II DVDRip XviD', [
        ...season('I'),
        ...season('II'),
        'Red Tide II/Smeg Ups.avi|230',
      ]).slice(2, 6),
    ).to.deep.equal([
      'Red Tide S1E3 The Rope',
      'Red Tide S2E1 The Net',
      'Red Tide S2E2 The Oar',
      'Red Tide S2E3 The Rope',
    ])
    const show = (title: string) => ['1. The Net', '2. The Oar'].map((name) => `${title}/Series 1/${name}.avi|230`)
    expect(
      inside('Spared & Black Nets - Complete', [
        ...show('Spared'),
        'Spared/Outtakes.avi|40',
        ...show('Black Nets'),
        'Black Nets/Outtakes.avi|40',
      ]),
    ).to.deep.equal([
      'Spared S1E1 The Net',
      'Spared S1E2 The Oar',
      'extra',
      'Black Nets S1E1 The Net',
      'Black Nets S1E2 The Oar',
      'extra',
    ])
  })

  it('keeps the numbered films of a box films, each by its own name', () => {
    expect(
      inside('Jan Tide 007 - Complete Collection (1962-2021) 1080p BluRay', [
        '01. Dr. Net (1962)/Jan Tide 01 - Dr. Net (1962) 1080p BluRay.mkv|3400',
        '20. Tide Another Day (2002)/Jan Tide 20 - Tide Another Day (2002) 1080p BluRay.mkv|3600',
      ]),
    ).to.deep.equal(['Dr. Net (1962)', 'Tide Another Day (2002)'])
  })

  it('lets the file or the folder say which part of a longer name is the title', () => {
    expect(
      inside('Jan Reed Documentaries', [
        'Bitter Tide (2015)/Jan Reed - Bitter Tide (2015) 720p.mp4|2100',
        'HyperTide (2016)/HyperTide.2016.720p.WEBRip.mp4|2600',
      ]),
    ).to.deep.equal(['Bitter Tide (2015)', 'HyperTide (2016)'])
    expect(inside('Jan Reed - Long Tide (1993)', ['Long Tide.avi|700', 'extra.avi|40'])).to.deep.equal([
      'Long Tide (1993)',
      'extra',
    ])
    const parts = Array.from({ length: 10 }, (_, index) => `Dekatide ${index + 1}.avi|550`)
    expect(inside('Jan Reed - Dekatide (1988) [DVDRip.XviD.PL]', parts)[9]).to.equal('Dekatide (1988) S1E10')
  })

  it('prefers the file whose own name says the number to a larger one that may have it', () => {
    expect(
      inside('[Group] Titan Tide (Complete Series) (S01-S04+OVA) [BD 1080p]', [
        'Season 4 - The Final Season/[Group] Titan Tide - S04E01.mkv|400',
        'Season 4 - The Final Season/[Group] Titan Tide - S04E02.mkv|400',
        'Season 4 - The Final Season/[Group] Titan Tide - The Final Chapters Special 1.mkv|980',
        'OVA/[Group] Titan Tide - OVA 01 - The Net.mkv|330',
      ]).slice(0, 2),
    ).to.deep.equal(['Titan Tide S4E1', 'Titan Tide S4E2'])
  })
})
