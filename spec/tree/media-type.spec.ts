import { expect } from 'chai'
import { mediaTypeOf } from '../../lib/tree/media-type.ts'

describe('mediaTypeOf', () => {
  const cases: [string, string][] = [
    ['a.mkv', 'video/x-matroska'],
    ['a.MP4', 'video/mp4'],
    ['a.ts', 'video/mp2t'],
    ['a.m2ts', 'video/mp2t'],
    ['a.avi', 'video/x-msvideo'],
    ['a.webm', 'video/webm'],
    ['a.srt', 'application/x-subrip'],
    ['a.en.ass', 'text/x-ssa'],
    ['a.jpg', 'image/jpeg'],
    ['a', 'application/octet-stream'],
    ['a.constructor', 'application/octet-stream'],
    ['a.unknown', 'application/octet-stream'],
  ]
  for (const [name, type] of cases) it(`${name}: ${type}`, () => expect(mediaTypeOf(name)).to.equal(type))

  it('lets no file of a torrent run in a browser', () => {
    for (const name of ['a.html', 'a.HTM', 'a.xhtml', 'a.svg', 'a.js', 'a.mjs', 'a.xml', 'a.xsl', 'a.swf']) {
      expect(mediaTypeOf(name), name).to.equal('application/octet-stream')
    }
  })
})
