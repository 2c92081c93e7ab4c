import type { DirectoryNode, FileNode } from '../domain/tree.ts'

/** Many nodes of a listing share their moment: a torrent's files are assigned together. */
let lastDateMs = Number.NaN
let lastHttpDate = ''
let lastIsoDate = ''

function format(dateMs: number): void {
  if (dateMs === lastDateMs) return
  const date = new Date(dateMs)
  lastDateMs = dateMs
  lastHttpDate = date.toUTCString()
  lastIsoDate = `${date.toISOString().slice(0, 19)}Z`
}

/** IMF-fixdate of RFC 9110 section 5.6.7. */
export function httpDate(dateMs: number): string {
  format(dateMs)
  return lastHttpDate
}

/** RFC 3339, as RFC 4918 section 15.1 wants it. */
function isoDate(dateMs: number): string {
  format(dateMs)
  return lastIsoDate
}

/** Names hold no `<`, `>` or control characters. */
function escapeName(name: string): string {
  return name.includes('&') ? name.replaceAll('&', '&amp;') : name
}

// Written as an array's join: it gives one flat string, where `+` leaves a tree of pieces several times its size.
// The library takes no locks, hence the empty supportedlock (RFC 4918 section 15.10).

export function fileXml(node: FileNode): string {
  return [
    '<D:response><D:href>',
    node.href,
    '</D:href><D:propstat><D:prop><D:displayname>',
    escapeName(node.name),
    '</D:displayname><D:getcontentlength>',
    node.sizeBytes,
    '</D:getcontentlength><D:getcontenttype>',
    node.mediaType,
    '</D:getcontenttype><D:getetag>',
    node.etag,
    '</D:getetag><D:getlastmodified>',
    node.lastModified,
    '</D:getlastmodified><D:creationdate>',
    isoDate(node.modifiedAtMs),
    '</D:creationdate><D:resourcetype/><D:supportedlock/></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>',
  ].join('')
}

/** Without its `xml`, which this is. */
export function directoryXml(node: Omit<DirectoryNode, 'xml'>): string {
  return [
    '<D:response><D:href>',
    node.href,
    '</D:href><D:propstat><D:prop><D:displayname>',
    escapeName(node.name) || '/',
    '</D:displayname><D:getetag>',
    node.etag,
    '</D:getetag><D:getlastmodified>',
    node.lastModified,
    '</D:getlastmodified><D:creationdate>',
    isoDate(node.modifiedAtMs),
    '</D:creationdate><D:resourcetype><D:collection/></D:resourcetype><D:supportedlock/></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>',
  ].join('')
}
