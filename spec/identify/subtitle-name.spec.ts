import { expect } from 'chai'
import fc from 'fast-check'
import type { SubtitleTraits } from '../../lib/domain/identify.ts'
import { languageOf } from '../../lib/identify/subtitle-languages.ts'
import { readSubtitleName, readSubtitleSuffix } from '../../lib/identify/subtitle-name.ts'

const text = ({ language, isForced, isHearingImpaired, isCommentary }: SubtitleTraits): string =>
  [language ?? '-', isForced && 'forced', isHearingImpaired && 'sdh', isCommentary && 'commentary']
    .filter(Boolean)
    .join(' ')

/** By name: what its end says. */
const NAMES: Record<string, Record<string, string>> = {
  'by a code of two letters': {
    'Film.2019.en': 'en',
    Film_2019_de: 'de',
    'Film-fr': 'fr',
    'Film [it]': 'it',
    'FILM.2019.NL': 'nl',
  },
  'by a code of three, B or T': {
    'Film.eng': 'en',
    'Film.fre': 'fr',
    'Film.fra': 'fr',
    'Film.ger': 'de',
    'Film.deu': 'de',
    'Film.chi': 'zh',
    'Film.zho': 'zh',
    'Film.cze': 'cs',
    'Film.gre': 'el',
    'Film.rum': 'ro',
    'Film.scc': 'sr',
    'Film.yue': 'yue',
  },
  'by a name in English or in itself': {
    English: 'en',
    '2_English': 'en',
    '03.French': 'fr',
    'Film.Deutsch': 'de',
    'Film - Español': 'es',
    Francais: 'fr',
    日本語: 'ja',
    русский: 'ru',
    Українська: 'uk',
    'Norwegian Bokmål': 'nb',
    'Tiếng Việt': 'vi',
    'Film (Haitian Creole)': 'ht',
    Suomi: 'fi',
    Eng2: 'en',
    'English Subs': 'en',
  },
  'by what releases write for it': {
    'Film.cz': 'cs',
    'Film.jp': 'ja',
    'Film.gr': 'el',
    Farsi: 'fa',
    'Film.VOSTFR': 'fr',
    'Film.chs': 'zh-Hans',
    'Film.tc': 'zh-Hant',
    简体中文: 'zh-Hans',
    'Film.chs&eng': 'zh-Hans',
    'Film.pob': 'pt-BR',
  },
  'with a region or a script': {
    'Film.pt-BR': 'pt-BR',
    'Film.pt_br': 'pt-BR',
    ptBR: 'pt-BR',
    'Film.zh-Hans': 'zh-Hans',
    'Film.zh-TW': 'zh-TW',
    'Film.en-US': 'en-US',
    'es-419': 'es-419',
    '5_Brazilian Portuguese': 'pt-BR',
    'Portuguese (Brazil)': 'pt-BR',
    'Portuguese BR': 'pt-BR',
    'Latin American Spanish': 'es-419',
    'Spanish (Latin America)': 'es-419',
    LatinAmericanSpanish: 'es-419',
    'European Spanish': 'es-ES',
    'Canadian French': 'fr-CA',
    'Chinese (Traditional)': 'zh-Hant',
    'sr-Latn': 'sr-Latn',
    'Serbian (Cyrillic)': 'sr-Cyrl',
  },
  'with flags on either side': {
    'Film.en.forced': 'en forced',
    'Film.forced.eng': 'en forced',
    'Signs & Songs [eng]': 'en forced',
    'Film.en.sdh': 'en sdh',
    'English [CC]': 'en sdh',
    'Film.eng.HI': 'en sdh',
    'Film.en.hi': 'en sdh',
    'Film.hi': 'hi',
    'Film.hi.hi': 'hi sdh',
    'Film.Hindi.SDH': 'hi sdh',
    'Film.hin': 'hi',
    'Director Commentary.en': 'en commentary',
    'Film.de.forced.sdh': 'de forced sdh',
    'Film.forced': '- forced',
  },
  'not, where the words are the title': {
    'Film.2019.1080p.BluRay.x264-GRP': '-',
    'The.Italian.Job.2003': '-',
    'The Polish Wedding': '-',
    'Let It Be': '-',
    'LET IT BE': '-',
    'Film.2': '-',
    'Film.qqq': '-',
    Subs: '-',
    '': '-',
  },
}

describe('the name of a subtitle', () => {
  for (const [how, names] of Object.entries(NAMES)) {
    it(`says its language ${how}`, () => {
      const said = Object.fromEntries(Object.keys(names).map((name) => [name, text(readSubtitleName(name))]))
      expect(said).to.deep.equal(names)
    })
  }

  it('keeps the title apart', () => {
    const title = (name: string) => readSubtitleName(name).title
    expect(title('Show.S01E02.English (SDH)')).to.equal('Show.S01E02')
    expect(title('Area 51.en')).to.equal('Area 51')
    expect(title('Film - Part 2')).to.equal('Film - Part 2')
    expect(title('3_French')).to.equal('')
  })

  it('is about the subtitle in all of its words behind the stem of the video', () => {
    const said = (suffix: string) => text(readSubtitleSuffix(suffix))
    expect(said('')).to.equal('-')
    expect(said('.en')).to.equal('en')
    expect(said(' - [3] English (SDH) - GROUP')).to.equal('en sdh')
    expect(said('.forced.ger.GROUP')).to.equal('de forced')
    expect(said('.no.idea')).to.equal('-')
  })

  it('is read whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (name) => {
        const { title, language } = readSubtitleName(name)
        expect(name.includes(title)).to.equal(true)
        expect(language === null || Intl.getCanonicalLocales(language).length === 1).to.equal(true)
      }),
    )
    expect(text(readSubtitleName(`${'x.'.repeat(100_000)}en`))).to.equal('en')
  })

  it('knows every code that it answers with', () => {
    for (const code of ['en', 'pt', 'zh', 'tl', 'nb', 'yue']) expect(languageOf(code)).to.equal(code)
    expect(languageOf('xx')).to.equal(undefined)
    expect(languageOf('xyz')).to.equal(undefined)
  })
})
