import { expect } from 'chai'
import { PLAIN_LAYOUT } from '../../lib/tree/library-tree.ts'
import { Views } from '../../lib/tree/views.ts'
import { build } from '../support/tree-build.ts'
import { rows, walk } from '../support/tree-language.ts'
import { contentOf, ScriptedViews } from '../support/tree-views.ts'
import { faultOf } from './names.ts'

const LABEL = 'flags=commentary,forced,sdh lang=zh-Hant-xxxx'

/** The longest of everything: two items of one title, two versions of one label, every suffix. */
function longest(title: string) {
  const item = (id: number) => `
    movie ${id} "${title}" 1999 tmdb=99999999${id} torrent=a${id}:0 res=1080p-xxxxxxxx src=BluRay-xxxxxxxx at=1
    movie ${id} "${title}" 1999 tmdb=99999999${id} torrent=a${id}:1 res=1080p-xxxxxxxx src=BluRay-xxxxxxxx at=2
    movie ${id} "${title}" 1999 tmdb=99999999${id} torrent=a${id}:7 res=1080p-xxxxxxxx at=4 file="International Theatrical Cut.mkv"
    movie ${id} "${title}" 1999 tmdb=99999999${id} torrent=a${id}:8 res=1080p-xxxxxxxx at=5 file="International Theatrical Cut.mkv"
    subtitle movie ${id} "3.srt" torrent=a${id}:9 video=8 ${LABEL}
    movie ${id} "${title}" 1999 tmdb=99999999${id} torrent=a${id}:2 res=1080p-xxxxxxxx src=BluRay-xxxxxxxx at=3
    movie ${id} "${title}" 1999 tmdb=99999999${id} torrent=a${id}:3 res=720p trashed=yes
    subtitle movie ${id} "1.srt" torrent=a${id}:5 video=2 ${LABEL}
    subtitle movie ${id} "2.srt" torrent=a${id}:6 video=2 ${LABEL}
    stored movie ${id} ".srt" beside=a${id}:2 ${LABEL} id=1${id}
    sidecar movie ${id} "-thumb.jpg" beside=a${id}:2 id=2${id}
    sidecar movie ${id} ".nfo" beside=a${id}:2 id=3${id}
    episode ${id} "${title}" 1999 S1999E1001-E1002 "${title}" tmdb=9${id} torrent=b${id}:0 res=1080p-xxxxxxxx src=BluRay-xxxxxxxx
    episode ${id} "${title}" 1999 S1999E1001-E1002 "${title}" tmdb=9${id} torrent=b${id}:1 res=1080p-xxxxxxxx src=BluRay-xxxxxxxx at=9
    episode ${id} "${title}" 1999 S1999E1001-E1002 "${title}" tmdb=9${id} torrent=b${id}:2 res=1080p-xxxxxxxx src=BluRay-xxxxxxxx at=10
    subtitle show ${id} "1.srt" torrent=b${id}:5 video=2 ${LABEL}
    stored show ${id} ".srt" beside=b${id}:2 ${LABEL} id=4${id}
    sidecar show ${id} "-thumb.jpg" beside=b${id}:2 id=5${id}
    unsorted c${id} "${title}" "${title}/${title}/${title}.mkv"
    unsorted c${id} "${title}" "${title}/${title}/${title.toLowerCase()}.MKV" torrent=c${id}:1
    offline "${title}/${title}.en.forced.srt" torrent=d${id}:0`
  return rows([1, 2, 3].map(item).join('\n'))
}

describe('the longest names', () => {
  const titles: readonly (readonly [what: string, title: string])[] = [
    ['Latin', 'Long Title '.repeat(60)],
    ['Chinese', '長'.repeat(400)],
    ['emoji of many code points', '👨‍👩‍👧‍👦'.repeat(60)],
    ['Arabic, with bidi controls', '\u202Eطويل\u202C '.repeat(90)],
    ['decomposed', 'e\u0301'.repeat(400)],
    ['Hangul in jamo', '\u1112\u1161\u11AB'.repeat(300)],
    ['one letter with marks without end', `Z${'\u0301'.repeat(900)}`],
  ]
  for (const [what, title] of titles) {
    it(`fit into 255 bytes with every suffix, in views and trash too: ${what}`, () => {
      const source = new ScriptedViews()
      source.cached = new Set(['a1:2', 'a2:2', 'b1:2', 'b2:2', 'b3:2'].map(contentOf))
      source.watched = [...source.cached]
      const views = new Views(source.options())
      const tree = build(longest(title), undefined, [], { ...PLAIN_LAYOUT, views })
      const suffixes = new Set<string>()
      const upper = new Set<string>()
      for (const { path, node } of walk(tree.root)) {
        expect(faultOf(node.name), path).to.equal(undefined)
        suffixes.add(/-thumb\.jpg$|\.commentary\..*$|\.[a-z]+$/i.exec(node.name)?.[0] ?? '')
        upper.add(path.toUpperCase().normalize('NFC'))
      }
      expect(upper.size).to.equal(tree.entries)
      expect([...suffixes]).to.include.members([
        '.mkv',
        '-thumb.jpg',
        '.nfo',
        '.commentary.zh-Hant-xxxx.forced.sdh.srt',
      ])
    })
  }
})
