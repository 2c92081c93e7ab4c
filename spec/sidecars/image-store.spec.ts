import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { HttpRequester } from '../../lib/metadata/http-requester.ts'
import { ImageStore, type ImageStoreOptions } from '../../lib/sidecars/image-store.ts'
import { failureOf } from '../support/failure-of.ts'
import { JPEG, LocalTmdb } from '../support/local-tmdb.ts'

const never = new AbortController().signal

describe('ImageStore', () => {
  let tmdb: LocalTmdb
  let base: string
  let directory: string
  let store: ImageStore

  const open = (options: Partial<ImageStoreOptions> = {}): ImageStore =>
    new ImageStore({
      directory,
      imageBaseUrl: () => Promise.resolve(tmdb.imageUrl),
      http: new HttpRequester({ name: 'the image server', clock: systemClock, backOffMs: 1 }),
      ...options,
    })

  beforeEach(async () => {
    tmdb = await LocalTmdb.start()
    base = await mkdtemp(join(tmpdir(), 'images-'))
    directory = join(base, 'images')
    store = open()
  })
  afterEach(async () => {
    await store.close()
    await tmdb.close()
    await rm(base, { recursive: true })
  })

  it('fetches an image once, at the size of its kind, for good', async () => {
    expect(await store.find('poster', '/poster603.jpg')).to.equal(undefined)
    const image = await store.fetch('poster', '/poster603.jpg', never)
    expect(image).to.deep.include({ sizeBytes: JPEG.length, mediaType: 'image/jpeg' })
    expect((await readFile(image.path)).equals(JPEG)).to.equal(true)
    expect(await store.fetch('poster', '/poster603.jpg', never)).to.deep.equal(image)
    expect(await open().find('poster', '/poster603.jpg')).to.deep.equal(image)
    expect(tmdb.paths).to.deep.equal(['/t/p/w780/poster603.jpg'])
    await store.fetch('fanart', '/fanart603.jpg', never)
    await store.fetch('still', '/still1.jpg', never)
    expect(tmdb.paths.slice(1)).to.deep.equal(['/t/p/w1280/fanart603.jpg', '/t/p/w300/still1.jpg'])
    expect(await readdir(directory)).to.have.members([
      'poster-poster603.jpg',
      'fanart-fanart603.jpg',
      'still-still1.jpg',
    ])
  })

  it('shares one request among all who ask, and the impatience of one harms no other', async () => {
    tmdb.fault(/t\/p/, { kind: 'slow', delayMs: 50 })
    const reason = new Error('enough')
    const impatient = new AbortController()
    const results = [
      failureOf(store.fetch('poster', '/a.jpg', impatient.signal)),
      store.fetch('poster', '/a.jpg', never),
      store.fetch('poster', '/a.jpg', never),
    ]
    impatient.abort(reason)
    const [left, first, second] = await Promise.all(results)
    expect(left).to.equal(reason)
    expect(first).to.deep.equal(second)
    expect(tmdb.requests).to.have.length(1)
  })

  it('asks again after a fault', async () => {
    tmdb.fault(/t\/p/, { kind: 'truncated' })
    tmdb.fault(/t\/p/, { kind: 'status', status: 502 })
    expect(await store.fetch('poster', '/a.jpg', never)).to.include({ sizeBytes: JPEG.length })
  })

  const refused: [string, Buffer, string][] = [
    ['a page', Buffer.from('<html>'), 'text/html'],
    ['a page that says it is an image', Buffer.from('<html>not an image</html>'), 'image/jpeg'],
    ['an image that says it is a page', JPEG, 'text/html'],
    ['an image with a script in it', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml'],
    ['nothing', Buffer.alloc(0), 'image/jpeg'],
  ]
  for (const [name, body, contentType] of refused) {
    it(`refuses ${name}, and keeps no file`, async () => {
      tmdb.fault(/t\/p/, { kind: 'image', contentType, body }, 4)
      const error = await failureOf(store.fetch('poster', '/a.jpg', never))
      expect(error).to.be.instanceOf(AppError).and.include({ code: 'unavailable' })
      expect(await store.find('poster', '/a.jpg')).to.equal(undefined)
      expect(await store.fetch('poster', '/a.jpg', never)).to.include({ mediaType: 'image/jpeg' })
    })
  }

  it('refuses an image that is too large', async () => {
    const small = open({ maxImageBytes: JPEG.length - 1 })
    expect(await failureOf(small.fetch('poster', '/a.jpg', never))).to.include({ code: 'unavailable' })
    expect(await open({ maxImageBytes: JPEG.length }).fetch('poster', '/a.jpg', never)).to.include({
      sizeBytes: JPEG.length,
    })
    await small.close()
  })

  it('keeps PNG and WebP as what they are', async () => {
    const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex')
    const webp = Buffer.from('RIFF\0\0\0\0WEBPVP8 ', 'latin1')
    tmdb.fault(/a\.png/, { kind: 'image', contentType: 'image/png', body: png })
    tmdb.fault(/b\.jpg/, { kind: 'image', contentType: 'image/webp', body: webp })
    expect((await store.fetch('poster', '/a.png', never)).mediaType).to.equal('image/png')
    expect((await store.fetch('poster', '/b.jpg', never)).mediaType).to.equal('image/webp')
    expect(await store.find('poster', '/b.jpg')).to.include({ mediaType: 'image/webp' })
  })

  it('says `not_found` for an image that is gone', async () => {
    expect(await failureOf(store.fetch('poster', '/missing.jpg', never))).to.include({ code: 'not_found' })
  })

  it('leaves its directory for no path', async () => {
    for (const path of [
      '/../a.jpg',
      'a.jpg',
      '/a/b.jpg',
      '/.jpg',
      '/a.jpg/..',
      '//host/a.jpg',
      '/a%2f.jpg',
      '/a.jpg\n',
    ]) {
      expect(await failureOf(store.fetch('poster', path, never))).to.include({ code: 'invalid' })
      expect(await failureOf(store.find('poster', path))).to.include({ code: 'invalid' })
    }
    expect(tmdb.requests).to.deep.equal([])
  })

  it('fails as the place of images does', async () => {
    const down = open({ imageBaseUrl: () => Promise.reject(new AppError('timeout', 'TMDB did not answer')) })
    expect(await failureOf(down.fetch('poster', '/a.jpg', never))).to.include({ code: 'timeout' })
  })

  it('ends what it fetches when it closes', async () => {
    tmdb.fault(/t\/p/, { kind: 'silent' })
    const fetching = failureOf(store.fetch('poster', '/a.jpg', never))
    await store.close()
    await store.close()
    expect(await fetching).to.include({ code: 'unavailable' })
    expect(await failureOf(store.fetch('poster', '/b.jpg', never))).to.include({ code: 'unavailable' })
  })
})
