import { AppError } from '../domain/errors.ts'
import { fileArgument, isFileArgument, itemArgument, titleArgument } from './arguments.ts'
import type { CliClient, MatchFileBody, PlacedFile, TitledBody, TitledItem, Version } from './cli-client.ts'
import { type Choose, type CommandContext, NUMBER, NUMBERS, needOne, type Parser, TEXT } from './command.ts'
import { printable } from './text-width.ts'
import { shortFileId } from './torrent-commands.ts'
import { episodeCode, formatBytes, placeText, titleWithYear } from './units.ts'

const FILE = { type: 'string', demandOption: true, describe: 'Of files or versions: HASH:NUMBER' } as const

interface MatchOptions {
  readonly movie: string | undefined
  readonly show: string | undefined
  readonly tmdb: number | undefined
  readonly season: number | undefined
  readonly episode: readonly number[] | undefined
  readonly unsorted: boolean | undefined
}

export function addMatchCommands(parser: Parser, choose: Choose): void {
  parser
    .command(
      'match <what..>',
      'Say where files belong, or that a movie or show is another one',
      (command) =>
        command
          .positional('what', {
            type: 'string',
            array: true,
            demandOption: true,
            describe: 'HASH:NUMBER, movie:ID or show:ID',
          })
          .option('movie', { ...TEXT, describe: '"Title (Year)", or movie:ID' })
          .option('show', { ...TEXT, describe: '"Title (Year)", or show:ID' })
          .option('tmdb', { ...NUMBER, describe: 'Its id at TMDB' })
          .option('season', NUMBER)
          .option('episode', {
            ...NUMBERS,
            describe: 'Several for a double one; further files follow on',
          })
          .option('unsorted', { type: 'boolean', describe: 'Under /Unsorted' })
          .conflicts('movie', ['show', 'unsorted'])
          .conflicts('show', 'unsorted')
          .example('$0 match 1a2b3c4d:0 --movie "Heat (1995)"', '')
          .example('$0 match 1a2b3c4d:3 1a2b3c4d:4 --show show:7 --season 2 --episode 1', '')
          .example('$0 match movie:12 --movie "Ronin (1998)"', '')
          .check(({ movie, show, unsorted, season, episode, what }) => {
            if (movie === undefined && show === undefined && unsorted !== true)
              throw new Error('One of --movie, --show and --unsorted is needed.')
            const isOfFiles = what.every(isFileArgument)
            if (show !== undefined && isOfFiles && (season === undefined || episode === undefined))
              throw new Error('--show needs --season and --episode.')
            if (!isOfFiles && (what.length > 1 || unsorted === true || season !== undefined))
              throw new Error('A movie or show is matched alone, with a title.')
            return true
          }),
      (args) => choose(args, (context) => matchCommand(args.what, args, context)),
    )
    .command('versions', 'Files of an item side by side', (command) =>
      needOne(command)
        .command(
          'list <item>',
          'All of them, those in the trash too',
          (one) => one.positional('item', { type: 'string', demandOption: true, describe: 'movie:ID or show:ID' }),
          (args) => choose(args, (context) => versionsCommand(args.item, context)),
        )
        .command(
          'choose <file>',
          'Make a file the active version of its item',
          (one) => one.positional('file', FILE),
          (args) => choose(args, (context) => chooseCommand(args.file, context)),
        )
        .command(
          'delete <file>',
          'Withdraw a version for good',
          (one) => one.positional('file', FILE),
          (args) => choose(args, (context) => deleteCommand(args.file, context)),
        ),
    )
}

async function matchCommand(what: readonly string[], options: MatchOptions, context: CommandContext): Promise<number> {
  const { output, signal } = context
  const client = context.client()
  const [first = ''] = what
  if (!isFileArgument(first)) {
    const item = await rematched(first, options, client, signal)
    if (output.isJson) output.json(item)
    else output.line(`${first}: ${printable(titleWithYear(item.title, item.year))}, id ${item.id}`)
    return 0
  }
  const files: PlacedFile[] = []
  for (const [index, argument] of what.entries()) {
    const id = await fileArgument(argument, client, signal)
    files.push(await client.matchFile(id, matchBody(options, index), signal))
  }
  if (output.isJson) output.json({ files })
  else for (const file of files) output.line(`${printable(file.file_path)}: ${placeOf(file)}`)
  return 0
}

function rematched(
  what: string,
  { movie, show, tmdb }: MatchOptions,
  client: CliClient,
  signal: AbortSignal | undefined,
): Promise<TitledItem> {
  const { kind, id } = itemArgument(what, ['movie', 'show'])
  const title = kind === 'movie' ? movie : show
  if (title === undefined) throw new AppError('invalid', `${what} needs --${kind}`)
  const known = knownId(title, kind)
  if (kind === 'movie') {
    return client.matchMovie(id, known === undefined ? titled(title, tmdb) : { movie_id: known }, signal)
  }
  return client.matchShow(id, known === undefined ? titled(title, tmdb) : { show_id: known }, signal)
}

/** Of the file at this place among those of one command line: each takes the episodes after those of the one before. */
function matchBody({ movie, show, tmdb, season = 0, episode = [] }: MatchOptions, index: number): MatchFileBody {
  if (movie !== undefined) {
    const known = knownId(movie, 'movie')
    return known === undefined ? { movie: titled(movie, tmdb) } : { movie_id: known }
  }
  if (show === undefined) return { unsorted: true }
  const known = knownId(show, 'show')
  const episodes = episode.map((number) => number + index * episode.length)
  return {
    episode: { ...(known === undefined ? { show: titled(show, tmdb) } : { show_id: known }), season, episodes },
  }
}

const knownId = (text: string, kind: 'movie' | 'show'): number | undefined =>
  text.startsWith(`${kind}:`) ? itemArgument(text, [kind]).id : undefined

const titled = (text: string, tmdb: number | undefined): TitledBody => ({
  ...titleArgument(text),
  ...(tmdb !== undefined && { tmdb_id: tmdb }),
})

function placeOf(file: PlacedFile): string {
  if (file.movie_id !== null) return `movie:${file.movie_id}`
  return file.show_id === null ? '/Unsorted' : placeText(`show:${file.show_id}`, file, null)
}

async function versionsCommand(item: string, { client, output, signal }: CommandContext): Promise<number> {
  const { kind, id } = itemArgument(item, ['movie', 'show'])
  const versions = kind === 'movie' ? await ofMovie(id, client(), signal) : await ofShow(id, client(), signal)
  if (output.isJson) output.json({ versions })
  else if (versions.length === 0) output.line('No files.')
  else {
    output.table(
      [
        { title: 'FILE', value: ({ id: file }) => shortFileId(file) },
        { title: 'EPISODE', value: ({ code }) => code },
        { title: 'STATE', value: stateOf },
        {
          title: 'QUALITY',
          value: ({ resolution, source }) => [resolution, source].filter((part) => part !== null).join(' '),
        },
        { title: 'SIZE', value: ({ file_size }) => formatBytes(file_size), align: 'right' },
        { title: 'PATH', value: ({ file_path }) => file_path, canShrink: true },
      ],
      versions,
    )
  }
  return 0
}

type CodedVersion = Version & { readonly code: string }

async function ofMovie(id: number, client: CliClient, signal: AbortSignal | undefined): Promise<CodedVersion[]> {
  const { assignments } = await client.movie(id, signal)
  return assignments.map((version) => ({ ...version, code: '' }))
}

/** A file of several episodes stands with each. */
async function ofShow(id: number, client: CliClient, signal: AbortSignal | undefined): Promise<CodedVersion[]> {
  const { seasons } = await client.show(id, signal)
  return seasons.flatMap((season) =>
    season.episodes.flatMap((episode) =>
      episode.assignments.map((version) => ({
        ...version,
        code: episodeCode(season.season_number, episode.episode_number),
      })),
    ),
  )
}

function stateOf({ is_active: isActive, is_chosen: isChosen, trashed_at: trashedAt }: Version): string {
  if (trashedAt !== null) return 'trash'
  if (isActive) return isChosen ? 'chosen' : 'active'
  return 'inactive'
}

async function chooseCommand(file: string, { client, output, signal }: CommandContext): Promise<number> {
  const service = client()
  const chosen = await service.activateFile(await fileArgument(file, service, signal), signal)
  if (output.isJson) output.json(chosen)
  else output.line(`${printable(chosen.file_path)}: the active version of ${placeOf(chosen)}`)
  return 0
}

async function deleteCommand(file: string, { client, output, signal }: CommandContext): Promise<number> {
  const service = client()
  const id = await fileArgument(file, service, signal)
  await service.deleteFile(id, signal)
  if (output.isJson) output.json({ id, deleted: true })
  else output.line(`${id}: deleted`)
  return 0
}
