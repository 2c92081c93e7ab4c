import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { SubtitledItem } from '../domain/client-calls.ts'
import { AppError } from '../domain/errors.ts'
import { itemArgument } from './arguments.ts'
import type { ListedSubtitle } from './cli-client.ts'
import { type Choose, type CommandContext, needOne, type Parser, TEXT, toNumber } from './command.ts'
import { printable } from './text-width.ts'
import { formatBytes } from './units.ts'

const MAX_FILE_BYTES = 5 * 1024 * 1024
const ITEM = { type: 'string', demandOption: true, describe: 'movie:ID or episode:ID' } as const
const LANGUAGE = { ...TEXT, describe: 'Its language: en, pt-BR; else as its name or the search says' } as const

const ownerOf = (item: string): SubtitledItem => itemArgument(item, ['movie', 'episode'])

export function addSubtitleCommands(parser: Parser, choose: Choose): void {
  parser.command('subtitles', 'Subtitles of films and episodes', (command) =>
    needOne(command)
      .command(
        'list <item>',
        'Those that were added, and those of the torrent',
        (one) => one.positional('item', ITEM),
        (args) => choose(args, (context) => listCommand(args.item, context)),
      )
      .command(
        'search <item>',
        'Look for some at OpenSubtitles',
        (one) =>
          one.positional('item', ITEM).option('languages', { ...TEXT, describe: 'en,pt-BR; else as the settings say' }),
        (args) => choose(args, (context) => searchCommand(args.item, args.languages, context)),
      )
      .command(
        'download <item> <id>',
        'Take one that a search found',
        (one) =>
          one
            .positional('item', ITEM)
            .positional('id', { type: 'string', demandOption: true, describe: 'As the search tells it' })
            .option('language', LANGUAGE),
        (args) => choose(args, (context) => addCommand(args.item, { file_id: args.id }, args.language, context)),
      )
      .command(
        'upload <item> <file>',
        'Add one of your own',
        (one) =>
          one
            .positional('item', ITEM)
            .positional('file', {
              type: 'string',
              demandOption: true,
              describe: 'srt, vtt, ass, sub, or gzip or ZIP with one',
            })
            .option('language', LANGUAGE),
        (args) =>
          choose(
            args,
            async (context) => await addCommand(args.item, await fileBody(args.file), args.language, context),
          ),
      )
      .command(
        'delete <id>',
        'Remove one that was added',
        (one) => one.positional('id', { coerce: toNumber, demandOption: true, describe: 'As the list tells it' }),
        (args) => choose(args, (context) => deleteCommand(args.id, context)),
      ),
  )
}

async function listCommand(item: string, { client, output, signal }: CommandContext): Promise<number> {
  const { subtitles } = await client().subtitles(ownerOf(item), signal)
  if (output.isJson) output.json({ subtitles })
  else if (subtitles.length === 0) output.line('No subtitles.')
  else {
    output.table(
      [
        { title: 'ID', value: ({ id }) => String(id ?? ''), align: 'right' },
        { title: 'LANGUAGE', value: languageOf },
        { title: 'FORMAT', value: ({ format }) => format },
        { title: 'SIZE', value: ({ size }) => formatBytes(size), align: 'right' },
        { title: 'FROM', value: ({ source }) => source },
        { title: 'NAME', value: ({ file_path, release_name }) => file_path ?? release_name ?? '', canShrink: true },
      ],
      subtitles,
    )
  }
  return 0
}

async function searchCommand(
  item: string,
  languages: string | undefined,
  { client, output, signal }: CommandContext,
): Promise<number> {
  const { subtitles } = await client().searchSubtitles(ownerOf(item), languages, signal)
  if (output.isJson) output.json({ subtitles })
  else if (subtitles.length === 0) output.line('Nothing found.')
  else {
    output.table(
      [
        { title: 'ID', value: ({ file_id }) => file_id },
        { title: 'LANGUAGE', value: languageOf },
        { title: 'BY', value: ({ matched_by }) => matched_by },
        { title: 'DOWNLOADS', value: ({ downloads }) => String(downloads), align: 'right' },
        { title: 'NAME', value: ({ release_name, file_name }) => release_name ?? file_name ?? '', canShrink: true },
      ],
      subtitles,
    )
  }
  return 0
}

const languageOf = (subtitle: Pick<ListedSubtitle, 'language' | 'is_forced' | 'is_hearing_impaired'>): string =>
  [subtitle.language ?? '?', subtitle.is_forced ? 'forced' : '', subtitle.is_hearing_impaired ? 'sdh' : '']
    .filter((part) => part !== '')
    .join(' ')

async function addCommand(
  item: string,
  body: { readonly file_id: string } | { readonly file_name: string; readonly content: string },
  language: string | undefined,
  { client, output, signal }: CommandContext,
): Promise<number> {
  const whole = { ...body, ...(language !== undefined && { language }) }
  const added = await client().addSubtitle(ownerOf(item), whole, signal)
  if (output.isJson) output.json(added)
  else output.line(`${printable(item)}: subtitle ${added.id}, ${languageOf(added)}, ${added.format}`)
  return 0
}

/** Fails with `not_found` or `invalid`. */
async function fileBody(path: string): Promise<{ readonly file_name: string; readonly content: string }> {
  try {
    const { size } = await stat(path)
    if (size > MAX_FILE_BYTES) throw new AppError('invalid', `${path}: larger than 5 MiB`)
    return { file_name: basename(path), content: (await readFile(path)).toString('base64') }
  } catch (error) {
    if (error instanceof AppError) throw error
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw new AppError(
      isGone ? 'not_found' : 'invalid',
      `${path}: ${isGone ? 'no such file' : 'cannot be read'}`,
      error,
    )
  }
}

async function deleteCommand(id: number, { client, output, signal }: CommandContext): Promise<number> {
  await client().deleteSubtitle(id, signal)
  if (output.isJson) output.json({ id, deleted: true })
  else output.line(`subtitle ${id}: deleted`)
  return 0
}
