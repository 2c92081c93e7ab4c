import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../domain/errors.ts'
import type { Choose, CommandContext, Parser } from './command.ts'
import { ProgressBar } from './progress-bar.ts'
import { printable } from './text-width.ts'
import { formatBytes } from './units.ts'

export function addTransferCommands(parser: Parser, choose: Choose): void {
  parser
    .command(
      'export [file]',
      'The library as JSON Lines, without subtitles that were added, into a file or to the standard output',
      (command) => command.positional('file', { type: 'string' }),
      (args) => choose(args, (context) => exportCommand(args.file, context)),
    )
    .command(
      'import <file>',
      'Add what an exported file holds; what the library holds stays as it is',
      (command) => command.positional('file', { type: 'string', demandOption: true }),
      (args) => choose(args, (context) => importCommand(args.file, context)),
    )
}

/** A file has its name only once it is whole. */
async function exportCommand(file: string | undefined, context: CommandContext): Promise<number> {
  const { client, output, services, signal } = context
  const document = client().exportLibrary(signal)
  if (file === undefined || file === '-') {
    await pipeline(Readable.from(document), services.stdout, { end: false })
    return 0
  }
  const bar = new ProgressBar(services, 'Exporting')
  const part = `${file}.part`
  let bytes = 0
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of document) {
      bytes += chunk.byteLength
      bar.label(formatBytes(bytes))
      yield chunk
    }
  }
  try {
    await pipeline(counted, createWriteStream(part))
    await rename(part, file)
  } catch (error) {
    await rm(part, { force: true })
    throw fileError(error, file)
  } finally {
    bar.close()
  }
  if (output.isJson) output.json({ file, size: bytes })
  else output.line(`${printable(file)}: ${formatBytes(bytes)}`)
  return 0
}

async function importCommand(file: string, { client, output, services, signal }: CommandContext): Promise<number> {
  const size = await sizeOf(file)
  const bar = new ProgressBar(services, 'Importing', size)
  let bytes = 0
  let unreadable: unknown
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
        bytes += chunk.byteLength
        bar.done(bytes)
        yield chunk
      }
    } catch (error) {
      unreadable = fileError(error, file)
      throw error
    }
  }
  try {
    const summary = await client().importLibrary(counted(), signal)
    bar.close()
    if (output.isJson) output.json(summary)
    else {
      for (const kind of ['movies', 'shows', 'torrents'] as const) {
        const { added, kept } = summary[kind]
        output.line(`${kind}: ${added} added, ${kept} kept`)
      }
      output.line(`files: ${summary.assignments} placed`)
    }
    return 0
  } catch (error) {
    throw unreadable ?? error
  } finally {
    bar.close()
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    throw fileError(error, file)
  }
}

function fileError(error: unknown, file: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (error instanceof AppError || typeof code !== 'string') return error
  if (code === 'ENOENT') return new AppError('not_found', `${file}: no such file or directory`, error)
  if (code === 'ENOSPC') return new AppError('storage_full', `${file}: no room left`, error)
  return new AppError('invalid', `${file}: cannot be read or written (${code})`, error)
}
