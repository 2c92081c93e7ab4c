import { SingleBar } from 'cli-progress'
import { throwIfAborted } from '../domain/abort.ts'
import type { AppError } from '../domain/errors.ts'
import type { AddedTorrent, CliClient, CliServices } from './cli-services.ts'
import type { Output } from './output.ts'
import { cutText, printable } from './text-width.ts'
import { type TorrentSourceArgument, torrentSources } from './torrent-sources.ts'
import { episodeCode, formatBytes, titleWithYear } from './units.ts'

interface Added {
  readonly argument: string
  readonly torrent: AddedTorrent
}

interface Failed {
  readonly argument: string
  readonly error: AppError
}

/** Adds each torrent in turn; one that fails stops none of the others. Exit code 1 when any failed. */
export async function addCommand(
  args: readonly string[],
  client: CliClient,
  services: CliServices,
  output: Output,
): Promise<number> {
  const sources: TorrentSourceArgument[] = []
  const failed: Failed[] = []
  for (const argument of args) {
    try {
      sources.push(...(await torrentSources(argument)))
    } catch (error) {
      failed.push({ argument, error: output.error(error, argument) })
    }
  }
  const added = await addAll(sources, client, services, output, failed)
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
  client: CliClient,
  services: CliServices,
  output: Output,
  failed: Failed[],
): Promise<Added[]> {
  const added: Added[] = []
  const errors: [unknown, TorrentSourceArgument][] = []
  const progress = new AddProgress(services, sources.length)
  try {
    for (const source of sources) {
      throwIfAborted(services.signal)
      progress.begin(source.label)
      try {
        added.push({ argument: source.argument, torrent: await client.addTorrent(source.input, services.signal) })
      } catch (error) {
        throwIfAborted(services.signal)
        errors.push([error, source])
      }
      progress.end()
    }
  } finally {
    progress.close()
    // After the bar has gone: both write to the same terminal.
    for (const [error, { argument, label }] of errors) failed.push({ argument, error: output.error(error, label) })
  }
  return added
}

/** A bar on a terminal, nothing elsewhere. Its seconds run on while the swarm is asked for metadata. */
class AddProgress {
  readonly #bar: SingleBar | undefined

  constructor({ stderr, isTerminal }: CliServices, total: number) {
    if (!isTerminal || total === 0) return
    this.#bar = new SingleBar({
      stream: stderr,
      format: 'Adding {bar} {value}/{total}  {duration_formatted}  {label}',
      barsize: 20,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      clearOnComplete: true,
      forceRedraw: true,
      gracefulExit: false,
    })
    this.#bar.start(total, 0, { label: '' })
  }

  begin(label: string): void {
    this.#bar?.update({ label: cutText(printable(label), 32) })
  }

  end(): void {
    this.#bar?.increment()
  }

  close(): void {
    this.#bar?.stop()
  }
}

function printAdded(torrent: AddedTorrent, output: Output): void {
  const titles = new Map<string, string>()
  for (const movie of torrent.movies) titles.set(`movie ${movie.id}`, titleWithYear(movie.title, movie.year))
  for (const show of torrent.shows) titles.set(`show ${show.id}`, titleWithYear(show.title, show.year))
  output.line(`${printable(torrent.name)}  ${torrent.info_hash}`)
  const rows = [
    ...torrent.matched.map((file) => ({ path: file.file_path, size: file.file_size, place: placeOf(file, titles) })),
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

function placeOf(file: AddedTorrent['matched'][number], titles: ReadonlyMap<string, string>): string {
  const title = titles.get(`movie ${file.movie_id}`) ?? titles.get(`show ${file.show_id}`) ?? ''
  const code = file.season === null || file.episode === null ? '' : episodeCode(file.season, file.episode)
  return [title, code, file.resolution ?? ''].filter((part) => part !== '').join('  ')
}
