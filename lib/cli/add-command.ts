import { delay, throwIfAborted } from '../domain/abort.ts'
import { systemClock } from '../domain/clock.ts'
import { AppError, ERROR_CODES, type ErrorCode } from '../domain/errors.ts'
import type { AddedTorrent, CliClient } from './cli-client.ts'
import type { CommandContext } from './command.ts'
import type { Output } from './output.ts'
import { ProgressBar } from './progress-bar.ts'
import { printable } from './text-width.ts'
import { type TorrentSourceArgument, torrentSources } from './torrent-sources.ts'
import { counted, formatBytes, placeText, titleWithYear } from './units.ts'

interface Added {
  readonly argument: string
  readonly torrent: AddedTorrent
}

interface Failed {
  readonly argument: string
  readonly error: AppError
}

type OnResult = (source: TorrentSourceArgument, result: AddedTorrent | AppError) => void

/** Of one call: as REST bounds it, and well below its limit of bytes once they are Base64. */
const BATCH_TORRENTS = 500
const BATCH_BYTES = 16 * 1024 * 1024
const WATCH_EVERY_MS = 500

/** One that fails stops none of the others. Exit code 1 when any failed. */
export async function addCommand(args: readonly string[], context: CommandContext): Promise<number> {
  const { output } = context
  const sources: TorrentSourceArgument[] = []
  const failed: Failed[] = []
  for (const argument of args) {
    try {
      sources.push(...(await torrentSources(argument)))
    } catch (error) {
      failed.push({ argument, error: output.error(error, argument) })
    }
  }
  const added: Added[] = []
  const errors: [AppError, TorrentSourceArgument][] = []
  try {
    await addAll(sources, context, (source, result) => {
      if (result instanceof AppError) errors.push([result, source])
      else added.push({ argument: source.argument, torrent: result })
    })
  } finally {
    // After the bar has gone: both write to the same terminal.
    for (const [error, { argument, label }] of errors) failed.push({ argument, error: output.error(error, label) })
  }
  if (output.isJson) {
    output.json({
      added: added.map(({ argument, torrent }) => ({ input: argument, ...torrent })),
      failed: failed.map(({ argument, error }) => ({ input: argument, code: error.code, message: error.message })),
    })
  } else {
    for (const { torrent } of added) printAdded(torrent, output)
  }
  return failed.length > 0 ? 1 : 0
}

async function addAll(
  sources: readonly TorrentSourceArgument[],
  { client, services, signal }: CommandContext,
  onResult: OnResult,
): Promise<void> {
  const [first] = sources
  if (!first) return
  const isAlone = sources.length === 1
  const bar = new ProgressBar(services, 'Adding', isAlone ? undefined : sources.length)
  const service = client()
  try {
    if (isAlone) {
      onResult(first, await addOne(first, service, bar, signal).catch(appError))
      throwIfAborted(signal)
      return
    }
    let done = 0
    for (const batch of batches(sources)) {
      for await (const { index, torrent, error } of service.addTorrents(
        batch.map(({ input }) => input),
        signal,
      )) {
        const source = batch[index]
        if (!source) continue
        bar.label(source.label)
        bar.done(++done)
        onResult(source, torrent ?? new AppError(codeOf(error?.code), error?.message ?? 'no answer'))
      }
    }
  } finally {
    bar.close()
  }
}

/** Shows the peers, and how much of a magnet's metadata came, until it is added. */
async function addOne(
  { input, label }: TorrentSourceArgument,
  service: CliClient,
  bar: ProgressBar,
  signal: AbortSignal | undefined,
): Promise<AddedTorrent> {
  bar.label(label)
  const ended = new AbortController()
  const watching =
    bar.isShown && 'magnetUri' in input ? watchMetadata(input.magnetUri, label, service, bar, ended.signal) : undefined
  try {
    return await service.addTorrent(input, signal)
  } finally {
    ended.abort()
    await watching
  }
}

/** Never rejects: what it cannot learn is not shown. */
async function watchMetadata(
  magnetUri: string,
  label: string,
  service: CliClient,
  bar: ProgressBar,
  ended: AbortSignal,
): Promise<void> {
  const magnet = magnetUri.toLowerCase()
  try {
    for (;;) {
      await delay(systemClock, WATCH_EVERY_MS, ended)
      const { torrents } = await service.adding(ended)
      const found = torrents.find(({ info_hash }) => magnet.includes(info_hash))
      if (!found) continue
      bar.label(`${counted(found.peers, 'peer')}  ${label}`)
      if (found.metadata_size > 0) bar.done(found.metadata_received, found.metadata_size)
    }
  } catch {} // the end of the add, or a service that is gone: the add itself says so
}

/** Anything else is a fault of this program. */
function appError(error: unknown): AppError {
  if (error instanceof AppError) return error
  throw error
}

const codeOf = (code: string | undefined): ErrorCode => ERROR_CODES.find((known) => known === code) ?? 'internal'

function* batches(sources: readonly TorrentSourceArgument[]): Generator<TorrentSourceArgument[]> {
  let batch: TorrentSourceArgument[] = []
  let bytes = 0
  for (const source of sources) {
    const size = 'metadata' in source.input ? source.input.metadata.byteLength : source.input.magnetUri.length
    if (batch.length === BATCH_TORRENTS || (batch.length > 0 && bytes + size > BATCH_BYTES)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(source)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

function printAdded(torrent: AddedTorrent, output: Output): void {
  const titles = new Map<string, string>()
  for (const movie of torrent.movies) titles.set(`movie ${movie.id}`, titleWithYear(movie.title, movie.year))
  for (const show of torrent.shows) titles.set(`show ${show.id}`, titleWithYear(show.title, show.year))
  output.line(`${printable(torrent.name)}  ${torrent.info_hash}`)
  const rows = [
    ...torrent.matched.map((file) => ({
      path: file.file_path,
      size: file.file_size,
      place: placeText(
        titles.get(`movie ${file.movie_id}`) ?? titles.get(`show ${file.show_id}`),
        file,
        file.resolution,
      ),
    })),
    ...torrent.unmatched.map((file) => ({ path: file.file_path, size: null, place: `/Unsorted (${file.reason})` })),
  ]
  if (rows.length === 0) return
  output.table(
    [
      { title: 'FILE', value: (row) => row.path, canShrink: true },
      { title: 'SIZE', value: (row) => (row.size === null ? '' : formatBytes(row.size)), align: 'right' },
      { title: 'PLACE', value: (row) => row.place, canShrink: true },
    ],
    rows,
  )
}
