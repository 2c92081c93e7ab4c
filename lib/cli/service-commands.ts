import { AppError } from '../domain/errors.ts'
import type { ScrubProgress } from './cli-client.ts'
import { type Choose, type CommandContext, NUMBER, type Parser } from './command.ts'
import { doctorCommand } from './doctor-command.ts'
import { ProgressBar } from './progress-bar.ts'
import { readSecret } from './read-secret.ts'
import { formatBytes } from './units.ts'

/** Of the installation and the running service as a whole. */
export function addServiceCommands(parser: Parser, choose: Choose): void {
  parser
    .command(
      'doctor',
      'Check the set-up and say what to do',
      (command) =>
        command.option('scrub', {
          type: 'boolean',
          describe: 'Hash every cached piece again instead, and drop what is damaged',
        }),
      (args) =>
        choose(args, async (context) =>
          args.scrub === true
            ? await scrubCommand(context)
            : await doctorCommand(await context.services.doctorChecks(), context.output, context.signal),
        ),
    )
    .command(
      'limits',
      'Show or set the limits of download and upload until the service ends',
      (command) =>
        command
          .option('download', { ...NUMBER, describe: 'Kilobytes a second; 0 for none' })
          .option('upload', { ...NUMBER, describe: 'Kilobytes a second; 0 for none' }),
      (args) => choose(args, (context) => limitsCommand(args.download, args.upload, context)),
    )
    .command('connect', 'How to reach the drive from players and systems', {}, (args) =>
      choose(args as typeof args & Parameters<Choose>[0], connectCommand),
    )
    .command(
      'hash-password <name>',
      'Print a line of a users file; the password is read from the terminal or the standard input',
      (command) =>
        command
          .positional('name', { type: 'string', demandOption: true })
          .option('read-only', { type: 'boolean', default: false, describe: 'Who may read only' })
          .check(({ name }) => {
            if (!/^[^:#\s\p{Cc}][^:\p{Cc}]*$/u.test(name))
              throw new Error('A name has no colon, and begins with no # or space.')
            return true
          }),
      (args) => choose(args, (context) => hashCommand(args.name, args['read-only'], context)),
    )
}

/** Exit code 1 when anything was damaged. */
async function scrubCommand({ client, output, services, signal }: CommandContext): Promise<number> {
  const service = client()
  let last: ScrubProgress | undefined
  let bar: ProgressBar | undefined
  try {
    for await (const progress of service.scrub(signal)) {
      bar ??= new ProgressBar(services, 'Checking', Math.max(1, progress.total_bytes))
      bar.done(progress.checked_bytes)
      if (progress.bad_pieces > 0) bar.label(`${progress.bad_pieces} damaged`)
      last = progress
    }
  } finally {
    bar?.close()
  }
  if (!last?.is_done) throw new AppError('unavailable', 'the service ended the scrub')
  const { checked_pieces: pieces, checked_bytes: bytes, bad_pieces: bad, unknown_torrents: unknown } = last
  if (output.isJson) output.json(last)
  else {
    output.line(`${pieces} pieces checked (${formatBytes(bytes)}), ${bad} damaged${bad > 0 ? ' and dropped' : ''}.`)
    if (unknown > 0) output.line(`${unknown} torrents could not be checked: their metadata is not known.`)
  }
  return bad === 0 ? 0 : 1
}

async function limitsCommand(
  download: number | undefined,
  upload: number | undefined,
  { client, output, signal }: CommandContext,
): Promise<number> {
  const changes = {
    ...(download !== undefined && { download_kbps: download }),
    ...(upload !== undefined && { upload_kbps: upload }),
  }
  const service = client()
  const limits =
    Object.keys(changes).length > 0 ? await service.setLimits(changes, signal) : await service.limits(signal)
  const shown = (kbps: number): string => (kbps === 0 ? 'none' : `${kbps} kB/s`)
  if (output.isJson) output.json(limits)
  else output.line(`download: ${shown(limits.download_kbps)}\nupload: ${shown(limits.upload_kbps)}`)
  return 0
}

function connectCommand({ output, services }: CommandContext): number {
  if (!services.driveUrl || !services.apiUrl) throw new AppError('unavailable', 'the addresses are not known')
  const drive = services.driveUrl()
  const page = `${services.apiUrl()}/connect`
  if (output.isJson) {
    output.json({ drive, page })
    return 0
  }
  const mount = `rclone mount :webdav: ~/momo --webdav-url ${drive} --webdav-vendor other --read-only`
  const rows = [
    ['Drive', drive],
    ['Finder', `Go > Connect to Server > ${drive}`],
    ['Windows', `net use M: ${drive}`],
    ['rclone', mount],
    ['Linux', `sudo mount -t davfs -o ro ${drive} /mnt/momo`],
    ['Players', `open ${drive} in VLC, mpv or Kodi`],
    ['More', page],
  ] as const
  for (const [name, text] of rows) output.line(`${name.padEnd(9)}${text}`)
  return 0
}

async function hashCommand(
  name: string,
  isReadOnly: boolean,
  { output, services, signal }: CommandContext,
): Promise<number> {
  if (!services.hashPassword || !services.stdin) throw new AppError('unavailable', 'there is nothing to read from')
  const { stdin, stderr } = services
  const password = await readSecret('Password: ', stdin, stderr, signal)
  if (password === '') throw new AppError('invalid', 'the password is empty')
  if (stdin.isTTY === true && (await readSecret('Again: ', stdin, stderr, signal)) !== password) {
    throw new AppError('invalid', 'the two are not the same')
  }
  const line = `${name}:${await services.hashPassword(password)}${isReadOnly ? ':ro' : ''}`
  if (output.isJson) output.json({ line })
  else output.line(line)
  return 0
}
