/**
 * The words that releases are described with, as everyone uses them.
 * In a phrase `-` stands for an optional separator and `#` for a digit; the rest is a regular expression.
 */
const compile = (phrases: string): string =>
  phrases.trim().split(/\s+/).join('|').replaceAll('-', '[ ._-]?').replaceAll('#', String.raw`\d`)

/** Between letters and digits of any script nothing starts or ends: no codec in `ax264b`. */
const words = (phrases: string, flags = 'giu'): RegExp =>
  new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${compile(phrases)})(?![\p{L}\p{N}])`, flags)

export type TagKind =
  | 'resolution'
  | 'source'
  | 'codec'
  | 'hdr'
  | 'audio'
  | 'service'
  | 'language'
  | 'edition'
  | 'flag'
  | 'noise'

/**
 * `strong` tags never belong to a title (`1080p`, `x264`, `WEB-DL`); `weak` ones may (`Web`, `French`, `Limited`, `3D`)
 * and count only beside others; `noise` (checksums, sizes, channels) is hidden from the numbering but ends no title.
 */
export type TagStrength = 'strong' | 'weak' | 'noise'

export interface TagRule {
  readonly kind: TagKind
  readonly strength: TagStrength
  readonly pattern: RegExp
}

const LINES = '4320|2160|1440|1080|900|816|720|576|544|540|528|480|460|404|400|396|384|368|360|352|320|304|288|272|240'

/** Where two rules would take the same characters the earlier one does. */
export const TAG_RULES: readonly TagRule[] = [
  // checksums: eight hexadecimal digits, in brackets or last
  {
    kind: 'noise',
    strength: 'noise',
    pattern: /[[(](?!(?:19|20)\d\d(?:0\d|1[012])[0-3]\d[\])])[ _]?(?=[a-f]{0,8}\d)[\da-f]{8}[ _]?[\])]/giu,
  },
  { kind: 'noise', strength: 'noise', pattern: /(?=[\dA-F])(?<=[ ._-])(?=\d{0,8}[A-F])(?=[A-F]{0,8}\d)[\dA-F]{8}$/gu },
  {
    kind: 'noise',
    strength: 'noise',
    pattern: /[{[](?:tmdb|imdb|tvdb)(?:id)?[-= ]?(?:tt)?\d{1,9}[}\]]|(?<![\p{L}\p{N}])tt\d{7,8}(?!\d)/giu,
  },
  {
    kind: 'noise',
    strength: 'noise',
    pattern: words(String.raw`
      (?!0#)#{1,4}(?:[.,]#{1,3})?[_\x20]?[KMG]i?B ##{1,2}(?:\.#{1,3})?fps #{1,5}[_\x20]?kbps (?:8|10|12)-bits? 8b 1[02]b
      hi10p? hi422p? hi444p{1,3} ma10p yuv4##p#{0,2} cd-#(?:of#)? dis[ck]-##? #-dvds?(?!-rip) #-bd(?:25|50) divx[._\x20]?[34567](?:\.#{1,2}){1,3} ###?rips?
    `),
  },
  {
    kind: 'resolution',
    strength: 'strong',
    pattern: words(String.raw`
      (?:(?:hd|fhd|uhd|qhd)-)?(?:${LINES})[pi](?:x|8|10|12|24|25|30|48|50|60)? (?:(?!19|20)#{3,4}|(?:19|20)##(?=[_\x20]?[x*×][_\x20]?(?:[456789]##|####)))[_\x20]?[x*×][_\x20]?#{3,4}p?
      [48]k(?:uhd)? uhd hd-(?:1080|720) full-hd ultra-hd (?<!^)fhd qhd
    `),
  },
  { kind: 'resolution', strength: 'strong', pattern: /(?<=\p{Script=Han})(?:2160|1080|720)p(?![\p{L}\p{N}])/giu },
  {
    kind: 'source',
    strength: 'strong',
    pattern: words(`
      blu-ray(?:-(?:rip|scr|rx|remux|disc|iso|3d))?(?:(?:${LINES})p)? b[dr]-rip(?:p|mux)? (?<!pt-)b[dr]-(?:mv|remux|iso|25|50|66|100)
      bd-(?:${LINES})p(?:10)? b[dr]-mux web-(?:dl|cap|hd|mux|uhd|dlmux)(?:-rip|(?:${LINES})p)? web-(?:dl-)?rips? (?:ahd|hd|pd|sd|uhd|d|p|pp)-tv(?:-(?:rip|mux)|hd|(?:${LINES})p)?
      tv-rip(?:hd)? (?:dvb[stc]?2?|dth|sat|ds|dsr|vhs|vod|hd|hdcam|cam|dvd|ppv|tele-cine|line|r5|hd-dvd|dtt|laserdisc|ld|iptv|digital|webdl|itunes|micro-hd|tv-hd|ts|tc|hdtv|ray|hd-light)-rips?
      micro-hd dsr hd-dvd(?:-rip)? dvd-(?:r|full|mux|5|9|scr|screener|remux|pal|ntsc|hd|r5|r9)
      dvd-rip-(?:#)? (?:bd|web|br|hd|vhs|dvd|blu-ray)?-screener (?:bd|web|br|hd|vhs|dvd|blu-ray)-scr hd-(?:cam|ts|tc) telesync telecine workprint dvdivx hd-tvrip ppv-rip
    `),
  },
  { kind: 'source', strength: 'strong', pattern: /(?<![\p{L}\p{N}])(?:[hp]dtv|dsr|webrip|dvdrip)(?=[xh]26|xvid)/giu },
  { kind: 'codec', strength: 'strong', pattern: /[xh](?<=(?:hdtv|web|rip|dl)[xh])26[45]/giu },
  {
    kind: 'codec',
    strength: 'strong',
    pattern: words(
      String.raw`[xh][._\x20]?26[456] hevc(?:-x265)? avc xvid(?:hd|vd)? divx(?:hd|#)? av1 vp[89] mpe?g-[24] vc-1 rv#0`,
    ),
  },
  {
    kind: 'hdr',
    strength: 'strong',
    pattern:
      /(?<![\p{L}\p{N}])(?:hdr[ ._-]?10(?:[ ._-]?plus|\+|p)?|hdr\+?|dolby[ ._-]?vision|dovi|hlg|sdr)(?![\p{L}\p{N}])/giu,
  },
  {
    kind: 'audio',
    strength: 'strong',
    pattern: words(String.raw`
      (?:he-|lc-|q)?aac(?:-lc)?(?:x#)?(?:-[12567][._\x20][012])?(?:-#ch)? aac# (?:dolby-d(?:igital)?-(?:plus)?|ddp?a?|dd\+|e-ac-3|ac-3d?|dts(?:-(?:hd|x|es|hdma|hra|hr|ma|express))?(?:-ma)?|dtshd|true-hd|flac|lpcm|pcm|vorbis)(?:x#)?-(?:#[._\x20]#|#ch)?
      (?:dolby-)?atmos mp3 ogg (?:dual|multi|tri)-audio [268]ch
    `),
  },
  // a word of titles too
  { kind: 'audio', strength: 'weak', pattern: words(String.raw`opus(?:x#)?-(?:#[._\x20]#|#ch)?`) },
  { kind: 'noise', strength: 'noise', pattern: /(?<![\p{L}\p{N}.])[1257]\.[01](?:ch)?(?![\p{L}\p{N}]|\.\d)/giu },
  {
    kind: 'service',
    strength: 'weak',
    pattern: words(
      `AMZN NF DSNP HMAX HULU ATVP PCOK PMTP CR iT STAN iP BILI B-Global Baha ABEMA ADN VRV STRP CRAV RTE ITV ALL4 YT YTV
       NBN AT-X MX MBS TVN SHO STARZ VMEO DCU APTV AMC HBO MAX DSCP FUNI AUBC CBC`,
      'gu',
    ),
  },
  {
    kind: 'flag',
    strength: 'strong',
    pattern: words(`
      re-pack#? rerip read-nfo remux nuked dxva h-sbs half-(?:sbs|ou) h-ou vostfr vosta? sub-french
      subfrench hard-subs? (?:soft|multi|multiple|custom|nl|swe|no|dk|ita|eng?|english)-sub(?:s|titles?|bed)? esubs?
      truefrench vff vfq vfi vof vf2 english-dub cht chs big5 swesub nlsubs legendado dublado avchd untouched
      complete-(?:uhd-)?blu-ray stv napisy lektor dubbed-(?:pl)?
    `),
  },
  {
    kind: 'flag',
    strength: 'weak',
    pattern: /(?<![\p{L}\p{N}])END(?![\p{L}\p{N}])|(?<=\d[ ._])End(?![\p{L}\p{N}])/gu,
  },
  {
    kind: 'source',
    strength: 'weak',
    pattern: words(
      'WEB Web BD DVD Dvd dvd web bd SAT VHS LD TV TS TC CAM HQCAM HC ts R5 r5 SCR SDTV HD hd SD BR PPV VOD',
      'gu',
    ),
  },
  { kind: 'hdr', strength: 'weak', pattern: words('DV DoVi', 'gu') },
  {
    kind: 'resolution',
    strength: 'weak',
    pattern: /(?<![\p{L}\p{N}])(?:2160|1080|(?<!\.| - )(?:720|480))(?![\p{L}\p{N}])/gu,
  },
  {
    kind: 'edition',
    strength: 'weak',
    pattern: words(`
      extended(?:-(?:director'?s-)?(?:cut|edition|version|remastered))? uncut un-rated un-censored theatrical(?:-(?:cut|edition|version))?
      director['´’]?s?-(?:cut|edition) (?:4k-)?remastered restored recut special-(?:edition|cut) collector'?s?-edition
      edition-collector ultimate-(?:edition|cut|collector'?s?-edition) criterion(?:-(?:collection|edition))?
      (?:##(?:th|nd|rd|st)-)?anniversary(?:-edition)? imax(?:-edition)? open-matte final-cut despecialized fan-edit redux
      deluxe-edition signature-edition steelbook 3d limited(?:-edition)? international-cut assembly-cut rogue-cut
    `),
  },
  {
    kind: 'flag',
    strength: 'weak',
    pattern: words(`
      internal proper#? hybrid real complete full ws fs hq lq hr dc se oar int custom line md ld clean mic dubbed dual dl ml multi#?
      pal ntsc secam retail fastsub ova[ds]? nc hdlight mhd light colorized festival docu qc subs?
      subtitles? subbed sbs ou tab full-sbs rip mux encoded integrale? hm dub doku docu swissgerman xxx convert hfr om gb mp4 mkv avi m4v audio batch nordic iso
    `),
  },
  {
    kind: 'language',
    strength: 'weak',
    pattern: words(`
      english eng french fre fra fr vf vo german ger deu deutsch spanish spa esp castellano espa[nñ]ol latino italian ita
      portuguese por pt-br brazilian russian rus ukrainian ukr polish pol pl czech cze cz slovak hungarian hun dutch nld nl
      flemish swedish swe danish dan dk norwegian nor finnish fin japanese jpn jap korean kor chinese chi mandarin
      cantonese hindi hin tamil telugu malayalam kannada bengali punjabi marathi arabic turkish tur hebrew heb greek
      romanian thai vietnamese vie indonesian catalan persian farsi bulgarian serbian croatian lithuanian latvian estonian
    `),
  },
]
