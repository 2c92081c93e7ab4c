import mime from 'mime'

/** What the package lacks, or has for another format of the same extension. */
const OWN_TYPES: Readonly<Record<string, string>> = {
  ac3: 'audio/ac3',
  ass: 'text/x-ssa',
  divx: 'video/x-msvideo',
  flac: 'audio/flac',
  ogm: 'video/ogg',
  rmvb: 'application/vnd.rn-realmedia',
  smi: 'application/x-sami',
  ssa: 'text/x-ssa',
  // Named by MicroDVD (text) and VobSub (binary) alike.
  sub: 'application/octet-stream',
}

/** A browser would run these in our origin, and Kodi takes `text/html` for a directory. */
const ACTIVE = /html|javascript|ecmascript|xml$|xsl|shockwave/

const types = new Map<string, string>()

/** By extension; `application/octet-stream` when unknown, and for what a torrent must not make a browser run. */
export function mediaTypeOf(name: string): string {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  const known = types.get(extension)
  if (known !== undefined) return known
  const type = Object.hasOwn(OWN_TYPES, extension) ? OWN_TYPES[extension] : mime.getType(extension)
  const safe = !type || ACTIVE.test(type) ? 'application/octet-stream' : type
  // Extensions come from torrents: only those that mean something are worth remembering.
  if (type) types.set(extension, safe)
  return safe
}
