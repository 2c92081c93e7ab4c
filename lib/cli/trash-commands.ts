import { fileArgument, isFileArgument, itemArgument } from './arguments.ts'
import type { CliClient, TrashBody } from './cli-client.ts'
import { type Choose, type CommandContext, NUMBER, needOne, type Parser, TEXT } from './command.ts'
import { allPages } from './pages.ts'
import { printable } from './text-width.ts'
import { shortFileId } from './torrent-commands.ts'
import { counted, formatBytes, titleWithYear } from './units.ts'

const WHAT = { type: 'string', demandOption: true, describe: 'movie:ID, show:ID or HASH:NUMBER' } as const
const SEASON = { ...NUMBER, describe: 'Of a show: this season only' } as const

export function addTrashCommands(parser: Parser, choose: Choose): void {
  parser
    .command('trash', 'What was removed and can be taken back', (command) => {
      needOne(command).command('list', 'What is in the trash', {}, (args) =>
        choose(args as typeof args & Parameters<Choose>[0], listCommand),
      )
      for (const action of ['put', 'restore'] as const) {
        command.command(
          `${action} <what>`,
          action === 'put' ? 'Put an item or a file into the trash' : 'Take an item or a file back',
          (one) => one.positional('what', WHAT).option('season', SEASON),
          (args) => choose(args, (context) => moveCommand(action, args.what, args.season, context)),
        )
      }
      return command.command(
        'empty',
        'Empty the trash for good',
        (one) => one.option('older-than', { ...NUMBER, default: 0, describe: 'Only what is in it for as many days' }),
        (args) => choose(args, (context) => emptyCommand(args['older-than'], context)),
      )
    })
    .command(
      'offline <file..>',
      'Fetch files whole and keep them under /Offline',
      (command) =>
        command
          .positional('file', { type: 'string', array: true, demandOption: true, describe: 'HASH:NUMBER' })
          .option('path', { ...TEXT, describe: 'Below /Offline, for one file; else its path in the torrent' })
          .option('release', { type: 'boolean', describe: 'Keep them no longer' })
          .conflicts('path', 'release')
          .check(({ file, path }) => {
            if (path !== undefined && file.length > 1) throw new Error('--path is for one file.')
            return true
          }),
      (args) => choose(args, (context) => offlineCommand(args.file, args.path, args.release === true, context)),
    )
}

async function listCommand({ client, output, signal }: CommandContext): Promise<number> {
  const service = client()
  const items = await allPages((page) => service.trash(page, signal), signal)
  if (output.isJson) output.json({ items })
  else if (items.length === 0) output.line('The trash is empty.')
  else {
    const rows = items.flatMap((item) => item.files.map((file) => ({ item, file })))
    output.table(
      [
        { title: 'ITEM', value: ({ item }) => `${item.type}:${item.id}` },
        { title: 'TITLE', value: ({ item }) => titleWithYear(item.title, item.year), canShrink: true },
        { title: 'SINCE', value: ({ item }) => item.trashed_at.slice(0, 10) },
        { title: 'FILE', value: ({ file }) => shortFileId(file.id) },
        { title: 'SIZE', value: ({ file }) => formatBytes(file.file_size), align: 'right' },
        { title: 'PATH', value: ({ file }) => file.file_path, canShrink: true },
      ],
      rows,
    )
  }
  return 0
}

async function moveCommand(
  action: 'put' | 'restore',
  what: string,
  season: number | undefined,
  { client, output, signal }: CommandContext,
): Promise<number> {
  const service = client()
  const target = await targetOf(what, season, service, signal)
  const moved = action === 'put' ? await service.putIntoTrash(target, signal) : await service.restore(target, signal)
  if (output.isJson) output.json(moved)
  else output.line(`${counted(moved.files, 'file')} ${action === 'put' ? 'put into' : 'taken out of'} the trash`)
  return 0
}

async function targetOf(
  what: string,
  season: number | undefined,
  client: CliClient,
  signal: AbortSignal | undefined,
): Promise<TrashBody> {
  if (isFileArgument(what)) return { file_id: await fileArgument(what, client, signal) }
  const { kind, id } = itemArgument(what, ['movie', 'show'])
  const part = season === undefined ? {} : { season }
  return kind === 'movie' ? { movie_id: id, ...part } : { show_id: id, ...part }
}

async function emptyCommand(days: number, { client, output, signal }: CommandContext): Promise<number> {
  const emptied = await client().emptyTrash(days, signal)
  const { length } = emptied.torrents_removed
  if (output.isJson) output.json(emptied)
  else output.line(`The trash is emptied${length === 0 ? '' : `, and ${length} torrents went with it`}.`)
  return 0
}

async function offlineCommand(
  files: readonly string[],
  path: string | undefined,
  isRelease: boolean,
  { client, output, signal }: CommandContext,
): Promise<number> {
  const service = client()
  const results: { id: string; path: string | null }[] = []
  for (const argument of files) {
    const id = await fileArgument(argument, service, signal)
    if (isRelease) await service.releaseFile(id, signal)
    const kept = isRelease ? null : (await service.keepFile(id, path, signal)).path
    results.push({ id, path: kept })
    if (output.isJson) continue
    output.line(kept === null ? `${id}: kept no longer` : `${id}: /Offline/${printable(kept)}`)
  }
  if (output.isJson) output.json({ files: results })
  return 0
}
