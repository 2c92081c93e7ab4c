import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { ContentReader, ContentSource } from '../../lib/domain/content.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { type AnyContentId, contentId, infoHash, localContentId, movieId } from '../../lib/domain/ids.ts'
import type { Sidecar, SidecarRole, SidecarSubject } from '../../lib/domain/sidecars.ts'
import { LocalContentSource } from '../../lib/sidecars/local-content-source.ts'
import { renderNfo } from '../../lib/sidecars/render-nfo.ts'
import { RoutedContentSource } from '../../lib/sidecars/routed-content-source.ts'
import { movieMetadata } from '../library/fixtures.ts'
import { failureOf } from '../support/failure-of.ts'

const never = new AbortController().signal
const TEXT = Buffer.from('1\n00:00:01,000 --> 00:00:02,000\nHallo\n')
const WHOLE = { start: 0, end: 1000 }

describe('LocalContentSource', () => {
  let directory: string
  let path: string
  let subject: SidecarSubject | undefined
  let source: LocalContentSource
  const readers: ContentReader[] = []

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'local-'))
    path = join(directory, '1.srt')
    await writeFile(path, TEXT)
    subject = { kind: 'movie', metadata: movieMetadata('Film'), streams: null }
    const { bytes, tag } = renderNfo(subject)
    const sidecarOf = (role: SidecarRole, sizeBytes: number, imagePath: string | null): Sidecar => {
      return {
        owner: { kind: 'movie', id: movieId(1) },
        role,
        season: null,
        sizeBytes,
        tag,
        imagePath,
        modifiedAtMs: 0,
      }
    }
    const sidecars = [sidecarOf('nfo', bytes.length, null), sidecarOf('poster', TEXT.length, '/p.jpg')]
    source = new LocalContentSource({
      store: { sidecar: (id) => sidecars[id - 1], sidecarSubject: () => subject },
      images: { fetch: () => Promise.resolve({ path, sizeBytes: TEXT.length, mediaType: 'image/jpeg' }) },
      subtitleFile: (id) => {
        if (id !== 1) throw new AppError('not_found', 'no subtitle')
        return { path, sizeBytes: TEXT.length }
      },
    })
  })
  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.close()
    await rm(directory, { recursive: true })
  })

  const open = async (content: AnyContentId): Promise<ContentReader> => {
    const reader = await source.open(content, WHOLE, never)
    readers.push(reader)
    return reader
  }
  const textOf = async (reader: ContentReader, start: number, bytes: number): Promise<string> => {
    const target = Buffer.alloc(bytes)
    return target.toString('utf8', 0, await reader.read(target, start, never))
  }

  const contents: [string, AnyContentId, () => Buffer][] = [
    ['a text made for it', localContentId('sidecar', 1), () => Buffer.from(renderNfo(subject ?? expect.fail()).bytes)],
    ['an image', localContentId('sidecar', 2), () => TEXT],
    ['a subtitle', localContentId('subtitle', 1), () => TEXT],
  ]
  for (const [name, content, whole] of contents) {
    it(`reads ${name} anywhere, to its end and no further`, async () => {
      const reader = await open(content)
      const expected = whole()
      const { length } = expected
      expect(reader.sizeBytes).to.equal(length)
      expect(await textOf(reader, 0, length + 100)).to.equal(expected.toString())
      expect(await textOf(reader, 7, 5)).to.equal(expected.toString('utf8', 7, 12))
      expect(await textOf(reader, length - 3, 100)).to.equal(expected.toString('utf8', length - 3))
      for (const positionBytes of [length, length + 5]) expect(await textOf(reader, positionBytes, 10)).to.equal('')
    })

    it(`reads nothing more of ${name} once it is closed`, async () => {
      const reader = await open(content)
      const reading = reader.read(Buffer.alloc(10), 0, never).then(
        () => 'read',
        (error: AppError) => error.code,
      )
      reader.close()
      reader.close()
      expect(await reading).to.be.oneOf(['read', 'aborted'])
      expect(await failureOf(reader.read(Buffer.alloc(10), 0, never))).to.include({ code: 'aborted' })
      const other = await open(content)
      const reason = new AppError('aborted', 'the client left')
      expect(await failureOf(other.read(Buffer.alloc(1), 0, AbortSignal.abort(reason)))).to.equal(reason)
      expect(await failureOf(source.open(content, WHOLE, AbortSignal.abort(reason)))).to.equal(reason)
    })
  }

  it('says `not_found` for what is not there', async () => {
    for (const content of [
      localContentId('sidecar', 3),
      localContentId('subtitle', 2),
      contentId(infoHash('a'.repeat(40)), 0),
    ]) {
      expect(await failureOf(open(content))).to.include({ code: 'not_found' })
    }
  })

  it('gives no other bytes than those that were listed', async () => {
    const listed = subject
    subject = { kind: 'movie', metadata: movieMetadata('File'), streams: null } // of the same length
    expect(await failureOf(open(localContentId('sidecar', 1)))).to.include({ code: 'not_found' })
    subject = undefined
    expect(await failureOf(open(localContentId('sidecar', 1)))).to.include({ code: 'not_found' })
    subject = listed
    await open(localContentId('sidecar', 1))

    const reader = await open(localContentId('subtitle', 1))
    await truncate(path, 10)
    expect(await failureOf(open(localContentId('subtitle', 1)))).to.include({ code: 'not_found' })
    expect(await failureOf(reader.read(Buffer.alloc(10), 10, never))).to.include({ code: 'unavailable' })
    await rm(path)
    for (const content of [localContentId('sidecar', 2), localContentId('subtitle', 1)]) {
      expect(await failureOf(open(content))).to.include({ code: 'not_found' })
    }
  })

  it('stands before the torrents', async () => {
    const asked: AnyContentId[] = []
    const torrents: ContentSource = {
      open: (content) => {
        asked.push(content)
        return Promise.reject(new AppError('unavailable', 'paused'))
      },
    }
    const routed = new RoutedContentSource(torrents, source)
    const film = contentId(infoHash('b'.repeat(40)), 2)
    expect(await failureOf(routed.open(film, WHOLE, never))).to.include({ code: 'unavailable' })
    const reader = await routed.open(localContentId('subtitle', 1), WHOLE, never)
    expect(reader.sizeBytes).to.equal(TEXT.length)
    reader.close()
    expect(asked).to.deep.equal([film])
  })
})
