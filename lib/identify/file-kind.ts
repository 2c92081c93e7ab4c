const VIDEO = new Set(
  `mkv mp4 m4v avi mov wmv mpg mpeg m2ts mts ts vob ogm ogv webm flv divx rmvb rm asf 3gp m2v wtv dvr-ms iso img
   mk3d strm`.split(/\s+/),
)
const SUBTITLE = new Set('srt ass ssa sub idx sup smi vtt usf ttml'.split(' '))
const OTHER = new Set(
  `nfo txt jpg jpeg png gif webp bmp tbn nzb torrent par2 rar zip 7z sfv md5 url html htm pdf exe lnk m3u mp3 flac m4a
   aac ac3 dts mka ogg wav cue log xml json db ifo bup bdmv mpls clpi`.split(/\s+/),
)
/** Whole-disc images: video, but not one title's file. */
const DISC_IMAGE = new Set(['iso', 'img'])

export type FileKind = 'video' | 'disc_image' | 'subtitle' | 'other'

/** The extension in lower case when it is one that media folders hold, else null: `Title.2009` has none. */
export function knownExtension(name: string): string | null {
  const dot = name.lastIndexOf('.')
  if (dot < 1 || name.length - dot > 8) return null
  const extension = name.slice(dot + 1).toLowerCase()
  return VIDEO.has(extension) || SUBTITLE.has(extension) || OTHER.has(extension) ? extension : null
}

export function fileKind(path: string): FileKind {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  if (DISC_IMAGE.has(extension)) return 'disc_image'
  if (VIDEO.has(extension)) return 'video'
  return SUBTITLE.has(extension) ? 'subtitle' : 'other'
}
