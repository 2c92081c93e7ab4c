import { hashArgument } from './arguments.ts'
import type { CliClient, ListedTorrent } from './cli-client.ts'
import type { Choose, CommandContext, Parser } from './command.ts'
import { allPages } from './pages.ts'
import { printable } from './text-width.ts'
import { formatBytes, formatPercent } from './units.ts'

const SHOWN_DIGITS = 12

const HASH = { type: 'string', demandOption: true, describe: 'Info-hash, or the beginning of one' } as const

export function addTorrentCommands(parser: Parser, choose: Choose): void {
  parser
    .command(
      'torrents [text]',
      'Torrents with their state, or those whose name contains the text',
      (command) => command.positional('text', { type: 'string' }),
      (args) => choose(args, (context) => torrentsCommand(args.text, context)),
    )
    .command(
      'files <hash>',
      'Files of a torrent, each with the id that match, offline and trash take',
      (command) => command.positional('hash', HASH),
      (args) => choose(args, (context) => filesCommand(args.hash, context)),
    )
    .command(
      'remove <hash>',
      'Remove a torrent from the library',
      (command) =>
        command
          .positional('hash', HASH)
          .option('delete-data', { type: 'boolean', default: false, describe: 'Its cached pieces as well' }),
      (args) => choose(args, (context) => removeCommand(args.hash, args['delete-data'], context)),
    )
  for (const action of ['pause', 'resume'] as const) {
    parser.command(
      `${action} <hash>`,
      action === 'pause' ? 'Take a torrent off the network until it is resumed' : 'End the pause of a torrent',
      (command) => command.positional('hash', HASH),
      (args) => choose(args, (context) => pauseCommand(action, args.hash, context)),
    )
  }
}

async function torrentsCommand(text: string | undefined, { client, output, signal }: CommandContext): Promise<number> {
  const torrents = await allTorrents(client(), text, signal)
  if (output.isJson) output.json({ torrents })
  else if (torrents.length === 0) output.line('No torrents.')
  else {
    output.table(
      [
        { title: 'HASH', value: (torrent) => torrent.info_hash.slice(0, SHOWN_DIGITS) },
        { title: 'NAME', value: (torrent) => torrent.name, canShrink: true },
        { title: 'STATE', value: (torrent) => torrent.state },
        { title: 'SIZE', value: (torrent) => formatBytes(torrent.size), align: 'right' },
        { title: 'CACHED', value: (torrent) => formatPercent(torrent.progress), align: 'right' },
        { title: 'PEERS', value: (torrent) => String(torrent.peers), align: 'right' },
        { title: 'DOWN', value: (torrent) => `${formatBytes(torrent.download_speed)}/s`, align: 'right' },
        { title: 'UP', value: (torrent) => `${formatBytes(torrent.upload_speed)}/s`, align: 'right' },
      ],
      torrents,
    )
  }
  return 0
}

const allTorrents = (
  client: CliClient,
  query: string | undefined,
  signal: AbortSignal | undefined,
): Promise<ListedTorrent[]> =>
  allPages(async (page) => {
    const answer = await client.torrents({ ...page, ...(query !== undefined && { query }) }, signal)
    return { items: answer.torrents, total: answer.total }
  }, signal)

async function filesCommand(hash: string, { client, output, signal }: CommandContext): Promise<number> {
  const service = client()
  const { info_hash: infoHash, files } = await service.torrent(await hashArgument(hash, service, signal), signal)
  const rows = files.map((file) => ({ id: `${infoHash}:${file.index}`, path: file.path, size: file.size }))
  if (output.isJson) output.json({ files: rows })
  else {
    output.table(
      [
        { title: 'ID', value: ({ id }) => shortFileId(id) },
        { title: 'SIZE', value: ({ size }) => formatBytes(size), align: 'right' },
        { title: 'PATH', value: ({ path }) => path, canShrink: true },
      ],
      rows,
    )
  }
  return 0
}

/** As much of a file's id as names it nearly always. */
export const shortFileId = (id: string): string => `${id.slice(0, SHOWN_DIGITS)}${id.slice(id.indexOf(':'))}`

async function pauseCommand(
  action: 'pause' | 'resume',
  hash: string,
  { client, output, signal }: CommandContext,
): Promise<number> {
  const service = client()
  const torrent = await service[action](await hashArgument(hash, service, signal), signal)
  if (output.isJson) output.json(torrent)
  else output.line(`${printable(torrent.name)}: ${torrent.state}`)
  return 0
}

async function removeCommand(
  hash: string,
  deleteData: boolean,
  { client, output, signal }: CommandContext,
): Promise<number> {
  const service = client()
  const infoHash = await hashArgument(hash, service, signal)
  await service.remove(infoHash, deleteData, signal)
  if (output.isJson) output.json({ info_hash: infoHash, removed: true })
  else output.line(`${infoHash}: removed`)
  return 0
}
