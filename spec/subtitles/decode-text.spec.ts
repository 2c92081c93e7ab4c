import { expect } from 'chai'
import fc from 'fast-check'
import { AppError } from '../../lib/domain/errors.ts'
import { decodeText as decodeParts } from '../../lib/subtitles/decode-text.ts'
import { encodeLegacy } from './legacy-encoder.ts'

/** Lines as people say them, one text a language. */
const TEXTS: Readonly<Record<string, string>> = {
  en: 'It’s naïve – I know. “Café” costs €5…',
  fr: 'Où êtes-vous allé cet été ? Ça va, mon cœur, je suis désolée, c’était très dur.',
  es: '¿Dónde estás, niño? ¡Mañana será otro día, señor! El corazón está aquí.',
  pt: 'Não sei o que você está a dizer. É a última vez, irmão. Atenção às crianças.',
  de: 'Können Sie mir sagen, wo die Straße ist? Er hört mich nicht über den Lärm. Schöne Grüße!',
  sv: 'Är du säker på att han är här? Jag förstår inte varför du gör så här.',
  pl: 'Nie wiem, co się stało. Proszę, idź już stąd, źle się czuję, przyjaciółko. Święta są wspaniałe.',
  cs: 'Příliš žluťoučký kůň úpěl ďábelské ódy. Můžeš mi říct, kde jsi byl včera večer?',
  hu: 'Nem tudom, hogy hová mentél. Őrült vagy, ha azt hiszed, hogy ez működik. Üdvözöllek!',
  hr: 'Ne znam što se događa. Hoćeš li doći večeras? Život je čudan, žao mi je, đavle.',
  ro: 'Nu ştiu unde eşti. Când vii acasă? Îmi pare rău, dar aşa stau lucrurile în viaţă.',
  tr: 'Nereye gidiyorsun? Çok güzel bir gün, değil mi? Şimdi söyleme, ışığı kapat, İyi geceler.',
  lt: 'Aš nežinau, kur tu esi. Ačiū, kad atėjai, širdis mano. Ką tu čia veiki, žmogau?',
  ru: 'Я не знаю, что случилось. Куда ты идёшь? Пожалуйста, помоги мне, мы должны уйти отсюда.',
  bg: 'Не знам какво стана. Къде отиваш? Моля те, помогни ми, трябва да тръгваме веднага.',
  uk: 'Я не знаю, що сталося. Куди ти йдеш? Допоможи мені, будь ласка, її тут немає, і це погано.',
  el: 'Δεν ξέρω τι έγινε. Πού πηγαίνεις; Σε παρακαλώ, βοήθησέ με, πρέπει να φύγουμε από εδώ.',
  he: 'אני לא יודע מה קרה. לאן אתה הולך? בבקשה תעזור לי, אנחנו חייבים ללכת מכאן.',
  ar: 'لا أعرف ماذا حدث. إلى أين أنت ذاهب؟ من فضلك ساعدني، يجب أن نرحل من هنا الآن.',
  th: 'ฉันไม่รู้ว่าเกิดอะไรขึ้น คุณกำลังจะไปไหน ช่วยฉันด้วย เราต้องไปจากที่นี่',
  ja: '何が起こったのか分からない。どこへ行くんですか？助けてください、ここから出なければならない。',
  ko: '무슨 일이 일어났는지 모르겠어요. 어디로 가는 거예요? 도와주세요, 우리는 여기서 나가야 합니다.',
  zh: '我不知道发生了什么事。你要去哪里？请帮帮我，我们必须离开这里，他们来了。',
  'zh-Hant': '我不知道發生了什麼事。你要去哪裡？請幫幫我，我們必須離開這裡，他們來了。',
}

const ENCODINGS: readonly (readonly [string, string])[] = [
  ...['en', 'fr', 'es', 'pt', 'de', 'sv'].map((language) => [language, 'windows-1252'] as const),
  ...['pl', 'cs', 'hu', 'hr', 'ro'].flatMap((language) => [
    [language, 'windows-1250'] as const,
    [language, 'iso-8859-2'] as const,
  ]),
  ['tr', 'windows-1254'],
  ['lt', 'windows-1257'],
  ...['windows-1251', 'koi8-r', 'iso-8859-5', 'ibm866'].map((encoding) => ['ru', encoding] as const),
  ['bg', 'windows-1251'],
  ['uk', 'windows-1251'],
  ['uk', 'koi8-u'],
  ['el', 'windows-1253'],
  ['el', 'iso-8859-7'],
  ['he', 'windows-1255'],
  ['ar', 'windows-1256'],
  ['th', 'windows-874'],
  ['ja', 'shift_jis'],
  ['ja', 'euc-jp'],
  ['ko', 'euc-kr'],
  ['zh', 'gb18030'],
  ['zh-Hant', 'big5'],
]

const decodeText = (bytes: Uint8Array, language: string | null): string => [...decodeParts(bytes, language)].join('')

const asSubtitle = (text: string): string =>
  text
    .split(/(?<=[.?!。？]) ?/)
    .map((line, i) => `${i + 1}\r\n00:00:0${i},000 --> 00:00:0${i + 1},000\r\n${line}\r\n\r\n`)
    .join('')

describe('decodeText', () => {
  for (const [language, encoding] of ENCODINGS) {
    const text = asSubtitle(TEXTS[language] ?? '')
    it(`reads ${encoding} of ${language}, its language known or not`, () => {
      const bytes = encodeLegacy(text, encoding)
      expect(decodeText(bytes, language)).to.equal(text)
      expect(decodeText(bytes, null)).to.equal(text)
    })
  }

  it('reads a text of another language than it is said to have', () => {
    const text = asSubtitle(TEXTS.ru ?? '')
    expect(decodeText(encodeLegacy(text, 'windows-1251'), 'ja')).to.equal(text)
    expect(decodeText(encodeLegacy(text, 'windows-1251'), 'xx')).to.equal(text)
  })

  it('reads a long text by a part of it', () => {
    const text = asSubtitle(TEXTS.uk ?? '').repeat(2000)
    const bytes = encodeLegacy(text, 'windows-1251')
    const began = performance.now()
    expect(decodeText(bytes, null)).to.equal(text)
    expect(performance.now() - began).to.be.below(5000)
    const oneLine = encodeLegacy('я не знаю что это '.repeat(20_000), 'koi8-r')
    expect(decodeText(oneLine, null)).to.match(/^я не знаю/)
  })

  const every = Object.values(TEXTS).map(asSubtitle).join('')
  const UTF_16BE = Buffer.from(every, 'utf16le').swap16()
  const unicode: [string, Buffer][] = [
    ['UTF-8', Buffer.from(every)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${every}`)],
    ['UTF-16 with a byte order mark, little endian', Buffer.from(`\ufeff${every}`, 'utf16le')],
    ['UTF-16 with a byte order mark, big endian', Buffer.from(`\ufeff${every}`, 'utf16le').swap16()],
    ['UTF-16 without, little endian', Buffer.from(every, 'utf16le')],
    ['UTF-16 without, big endian', UTF_16BE],
  ]
  for (const [name, bytes] of unicode) {
    it(`reads ${name}`, () => {
      for (const language of ['de', 'ru', 'zh', null]) expect(decodeText(bytes, language)).to.equal(every)
    })
  }

  it('reads UTF-8 that is damaged in a few places as such', () => {
    const bytes = Buffer.from(every)
    const damaged = Buffer.concat([bytes.subarray(0, -3), Buffer.from([0xe4, 0xb8])])
    expect(decodeText(damaged, 'zh'))
      .to.include('Příliš žluťoučký')
      .and.match(/\ufffd$/)
  })

  it('reads sound UTF-8 as such, though it tells of characters that were lost before', () => {
    const text = 'It was a lovely caf\u00e9.\n- \ufffdWhere?\n\ufffd la carte\n'
    expect(decodeText(Buffer.from(text), 'en')).to.equal(text)
    expect(decodeText(Buffer.from(text), null)).to.equal(text)
  })

  it('takes no step longer than some milliseconds', () => {
    const texts = [encodeLegacy(asSubtitle(TEXTS.ru ?? ''), 'windows-1251'), Buffer.from(TEXTS.zh ?? ''), UTF_16BE]
    for (const text of texts) {
      const long = Buffer.concat([...Array.from({ length: Math.ceil(4e6 / text.length) }, () => text), Buffer.of(0xff)])
      let longestMs = 0
      let atMs = performance.now()
      for (const _part of decodeParts(long, null)) {
        longestMs = Math.max(longestMs, performance.now() - atMs)
        atMs = performance.now()
      }
      expect(longestMs).to.be.below(200)
    }
  })

  it('leaves ASCII as it is, line ends and all', () => {
    for (const text of ['', 'a', 'a\rb\nc\r\n', '{1}{2}Hello|there'])
      expect(decodeText(Buffer.from(text), 'zh')).to.equal(text)
  })

  it('gives some text for any bytes without NUL, and refuses others', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.constantFrom(null, 'ru', 'ja', 'pl'),
        (bytes, language) => {
          let text: string | undefined
          try {
            text = decodeText(bytes, language)
          } catch (error) {
            expect(error).to.be.instanceOf(AppError).and.include({ code: 'invalid' })
          }
          if (!bytes.includes(0)) expect(text).to.be.a('string')
        },
      ),
    )
    expect(() => decodeText(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 1, 2, 0, 3]), null)).to.throw(AppError)
  })
})
