import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { systemClock } from '../../lib/domain/clock.ts'
import type { ContentSource } from '../../lib/domain/content.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import type { FileNode } from '../../lib/domain/tree.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { TreeRefresher } from '../../lib/tree/refresher.ts'
import { asMovie, torrentOf } from '../library/fixtures.ts'
import { walk } from '../support/tree-language.ts'
import { type RunningWebdav, startWebdav } from '../support/webdav-fixture.ts'
import { anyText } from '../tree/names.ts'
import { DavfsMount } from './davfs-mount.ts'
import { missing, skip } from './drive.ts'
import { run } from './service.ts'

/** Some of them turn into one name. */
const GIVEN = 220
const NAMES = 200
const SEED = 20_261_123

/** What breaks one client or another, whether or not chance comes upon it. */
const NASTY = [
  '100% #1? & more; a+b = c, d@e!',
  '%2e%2e%2f %41 %zz %',
  '.hidden',
  '._shadow',
  '..',
  'trailing dots...',
  'trailing space ',
  'CON',
  'aux.tar',
  'COM¹',
  'a:b*c"d<e>f|g\\h',
  'Ame\u0301lie \u1112\u1161\u11ab',
  'Amélie 한',
  '👩‍👩‍👧‍👦 🏴‍☠️ ❤️',
  'עברית العربية \u202Egnp',
  'İstanbul ıi ß ſ',
  'CASE',
  'case',
  `${'ü'.repeat(120)}x`,
  '鬼'.repeat(90),
  '&amp; <D:href> ]]>',
  "~tilde`back$tick'quote",
  '-rf *',
  '\u00a0\u2003spaces\u3000',
  'zero\u200bwidth\u200d',
  '\ud800lone',
]

/** To rclone the picture of a control character is its way to write that one, and it names its copy so. */
const asRclone = (path: string): string =>
  path.replace(/[\u2400-\u241f\u2421]/g, (picture) =>
    picture === '\u2421' ? '\x7f' : String.fromCharCode(picture.charCodeAt(0) - 0x2400),
  )

/** davfs2 cuts what is longer. */
const DAVFS2_HREF_CHARS = 2047

/** Bytes that tell one content from every other. */
function bytesOf({ content, sizeBytes }: Pick<FileNode, 'content' | 'sizeBytes'>): Buffer {
  const seed = createHash('sha512').update(content).digest()
  return Buffer.alloc(sizeBytes, seed)
}

describe('names that no client may stumble over', function () {
  this.timeout(300_000)
  let library: Library
  let trees: TreeRefresher
  let running: RunningWebdav
  let local = ''
  let files: ReadonlyMap<string, FileNode>

  before(async () => {
    library = openLibrary({ path: ':memory:', logger: silentLogger, clock: systemClock })
    const names = [...NASTY, ...fc.sample(anyText, { numRuns: GIVEN - NASTY.length, seed: SEED })]
    for (const [index, name] of names.entries()) {
      const path = `${name.replaceAll('/', '∕')}/${name}.mkv`
      const isTitle = index % 2 === 0 && /[\p{L}\p{N}]/u.test(name)
      const asFilm = isTitle ? [asMovie(name, 0, { year: index % 3 === 0 ? 1999 : null })] : []
      library.addTorrent(torrentOf(`${index} ${name}`, [path]), null, asFilm, false)
    }
    trees = new TreeRefresher({
      reader: library,
      onCommitted: (listener) => library.onCommitted(listener),
      clock: systemClock,
      logger: silentLogger,
      metrics: noMetrics,
    })
    await trees.start()
    files = new Map(
      Array.from(walk(trees.current.root)).flatMap(({ path, node }) =>
        node.kind === 'file' ? [[path.slice(1), node] as const] : [],
      ),
    )
    const sizes = new Map(Array.from(files.values(), ({ content, sizeBytes }) => [content as string, sizeBytes]))
    const content: ContentSource = {
      open: (id) => {
        const bytes = bytesOf({ content: id, sizeBytes: sizes.get(id) ?? 0 })
        return Promise.resolve({
          sizeBytes: bytes.length,
          read: (target, position) =>
            Promise.resolve(bytes.copy(target, 0, position, Math.min(bytes.length, position + target.length))),
          close: () => {},
        })
      },
    }
    running = await startWebdav({ trees, content })
    local = await mkdtemp(join(tmpdir(), 'names-'))
  })
  after(async () => {
    await running.server.close()
    await trees.close()
    library.close()
    await rm(local, { recursive: true, force: true })
  })

  /** Everything below a directory that a client gave, each file held against what it is. */
  async function expectAll(directory: string, expected: ReadonlyMap<string, FileNode>): Promise<void> {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true })
    const seen = entries.flatMap((entry) =>
      entry.isFile() ? [join(entry.parentPath, entry.name).slice(directory.length + 1)] : [],
    )
    expect({
      missing: [...expected.keys()].filter((path) => !seen.includes(path)),
      unknown: seen.filter((path) => !expected.has(path)),
    }).to.deep.equal({ missing: [], unknown: [] })
    for (const [path, node] of expected) {
      expect((await readFile(join(directory, path))).equals(bytesOf(node)), path).to.equal(true)
    }
  }

  it('are some hundreds', () => {
    expect(files.size).to.be.at.least(NAMES)
  })

  it('are listed and copied by rclone', async function () {
    const reason = await missing('rclone')
    if (reason !== undefined) return skip(this, reason)
    const remote = ['--config', '/dev/null', '--webdav-url', `${running.url}/`, '--webdav-vendor', 'other']
    const copied = await run('rclone', ['copy', '--retries', '1', ...remote, ':webdav:', local])
    expect(copied.code, copied.stderr).to.equal(0)
    await expectAll(local, new Map(Array.from(files, ([path, node]) => [asRclone(path), node])))
    const checked = await run('rclone', ['check', '--download', ...remote, ':webdav:', local])
    expect(checked.stderr).to.include('0 differences found')
    expect(checked.code, checked.stderr).to.equal(0)
  })

  it('are listed and read through a davfs2 mount', async function () {
    let reason = await missing('mount.davfs')
    if (!existsSync('/dev/fuse') || process.getuid?.() !== 0) reason ??= 'a mount needs root and /dev/fuse'
    if (reason !== undefined) return skip(this, reason)
    const mount = await DavfsMount.make(`${running.url}/`)
    try {
      const isTaken = ({ href }: FileNode): boolean => href.length <= DAVFS2_HREF_CHARS
      await expectAll(mount.path, new Map([...files].filter(([, node]) => isTaken(node))))
      expect([...files.values()].filter((node) => !isTaken(node)).length).to.be.at.most(2)
    } finally {
      await mount.close()
    }
  })
})
