import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { orAbort } from '../../lib/domain/abort.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { type InfoHash, infoHash } from '../../lib/domain/ids.ts'
import type { Intake, IntakeResult, TorrentInput } from '../../lib/domain/intake.ts'
import type { SettledTreeSource } from '../../lib/inbox/drop-adder.ts'
import { treeOf } from '../support/tree-fixture.ts'

/** The torrent that all nodes of `treeOf` are of. */
export const FILM_HASH = infoHash('ab'.repeat(20))
export const filmMagnet = `magnet:?xt=urn:btih:${FILM_HASH}&dn=A.Film.2020`
export const magnetOf = (digit: string, name?: string): string =>
  `magnet:?xt=urn:btih:${digit.repeat(40)}${name === undefined ? '' : `&dn=${name}`}`

export const filmTree = treeOf({
  Movies: { 'A Film (2020)': { 'A Film (2020).mkv': 700, 'A Film (2020).en.srt': 7 } },
  Unsorted: { 'A.Film.2020': { 'read me.nfo': 1 } },
})
export const trees: SettledTreeSource = { current: filmTree, settled: async () => {} }

/** Of a magnet, or a file `d40:<info-hash>:<name>`. */
function nameOf(input: TorrentInput): readonly [InfoHash, string] {
  if ('magnetUri' in input) {
    const [, hash = ''] = /btih:([^&]+)/.exec(input.magnetUri) ?? []
    return [infoHash(hash), new URLSearchParams(input.magnetUri).get('dn') ?? hash]
  }
  const [kind, hash = '', name = ''] = Buffer.from(input.metadata).toString().split(':')
  if (kind !== 'd40') throw new AppError('invalid', 'not a torrent: no info dictionary')
  return [infoHash(hash), name]
}

/** Keeps what it is asked for. A torrent with a gate waits for that; one in `failing` fails. */
export class FakeIntake implements Intake {
  readonly added: string[] = []
  readonly failing = new Map<string, Error>()
  readonly gates = new Map<string, Promise<void>>()
  readonly #known = new Set<InfoHash>()
  asked = 0
  running = 0
  mostRunning = 0

  async add(input: TorrentInput, _target: undefined, signal: AbortSignal): Promise<IntakeResult> {
    this.asked += 1
    const [hash, name] = nameOf(input)
    this.added.push(name)
    this.running += 1
    this.mostRunning = Math.max(this.mostRunning, this.running)
    try {
      await orAbort(this.gates.get(name) ?? Promise.resolve(), signal)
      const failure = this.failing.get(name)
      if (failure) throw failure
    } finally {
      this.running -= 1
    }
    const isNew = !this.#known.has(hash)
    this.#known.add(hash)
    return { infoHash: hash, name, isNew, movies: [], shows: [], matched: [], unmatched: [] }
  }
}

export const torrentFile = (name: string, hash = FILM_HASH): string => `d40:${hash}:${name}`

export const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'momoshtrem-inbox-'))
export const removeDirectory = (path: string): void => rmSync(path, { recursive: true, force: true })
/** What lies in a directory, by name. */
export function contentsOf(directory: string): Record<string, string> {
  const files = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(files.map(({ name }) => [name, readFileSync(join(directory, name), 'utf8')] as const))
}
