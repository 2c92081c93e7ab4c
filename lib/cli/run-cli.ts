import yargs from 'yargs'
import { addCommand } from './add-command.ts'
import type { CliServices } from './cli-services.ts'
import { type Choose, type Parser, TEXT } from './command.ts'
import { completions } from './completion.ts'
import { identifyCommand } from './identify-command.ts'
import { addListCommands } from './list-command.ts'
import { addMatchCommands } from './match-commands.ts'
import { Output } from './output.ts'
import { addServiceCommands } from './service-commands.ts'
import { addSubtitleCommands } from './subtitle-commands.ts'
import { addTorrentCommands } from './torrent-commands.ts'
import { addTransferCommands } from './transfer-commands.ts'
import { addTrashCommands } from './trash-commands.ts'

/** A command with its arguments bound, ready to run. */
type Run = (output: Output) => Promise<number> | number

interface Parsed {
  /** Undefined when the line asked for help or the version, or was wrong. */
  readonly run: Run | undefined
  readonly isJson: boolean
  readonly text: string
  readonly isWrong: boolean
}

/**
 * Runs one command line (without program and script). Resolves with the exit code: 0 done, 1 failed with one line on
 * stderr, 2 wrong usage. Never rejects and never ends the process.
 */
export async function runCli(argv: readonly string[], services: CliServices): Promise<number> {
  const { run, isJson, text, isWrong } = await parse(argv, services)
  if (isWrong) {
    services.stderr.write(`${text}\n`)
    return 2
  }
  if (text !== '') services.stdout.write(`${text}\n`)
  if (!run) return 0
  const output = new Output(services, isJson)
  try {
    return await run(output)
  } catch (error) {
    output.error(error)
    return 1
  }
}

async function parse(argv: readonly string[], services: CliServices): Promise<Parsed> {
  let run: Run | undefined
  let isJson = false
  const { signal } = services
  const choose: Choose = (args, chosen) => {
    isJson = args.json
    const client = () => services.connect({ ...lastOf('apiUrl', args['api-url']), ...lastOf('token', args.token) })
    run = (output) => chosen({ output, services, signal, client })
  }
  const parser = yargs()
    .scriptName('momoshtrem')
    .usage('$0 <command>\n\nA torrent library as a WebDAV drive.')
    .version(services.version)
    .help()
    .alias({ help: 'h', version: 'V' })
    .detectLocale(false)
    .exitProcess(false)
    .showHelpOnFail(false, 'See momoshtrem --help.')
    .strict()
    .demandCommand(1, 1, 'A command is needed.', 'Only one command is possible.')
    .recommendCommands()
    .middleware(unguardAll, true)
    .wrap(Math.min(services.stdout.columns ?? 100, 100))
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
      'boolean-negation': false,
      'camel-case-expansion': false,
    })
  const define = (to: Parser): void => {
    addGlobalOptions(to)
    addOwnCommands(to)
    for (const add of [
      addListCommands,
      addTorrentCommands,
      addMatchCommands,
      addTrashCommands,
      addSubtitleCommands,
      addTransferCommands,
      addServiceCommands,
    ]) {
      add(to, choose)
    }
    to.completion('completion', 'Print a completion script for bash or zsh, to be read by .bashrc or .zshrc')
  }
  const addOwnCommands = (to: Parser): void => {
    to.command('serve', 'Start the service and stay in the foreground', {}, () => {
      run = async () => {
        await services.serve()
        return 0
      }
    })
      .command(
        'add <source..>',
        'Add torrents: magnets, info-hashes, .torrent files, or files with magnets in them',
        (command) => command.positional('source', { type: 'string', array: true, demandOption: true }),
        (args) => choose(args, (context) => addCommand(args.source, context)),
      )
      .command(
        'identify <name..>',
        'Tell what file or release names say; needs no running service',
        (command) => command.positional('name', { type: 'string', array: true, demandOption: true }),
        (args) => choose(args, ({ output }) => identifyCommand(args.name, services.identifier, output)),
      )
      .command('migrate', 'Bring the database up to date, as every start does', {}, () => {
        run = async () => {
          await services.migrate()
          return 0
        }
      })
  }
  const completionAt = argv.indexOf(COMPLETION_FLAG)
  if (completionAt >= 0) {
    const text = completions(argv.slice(completionAt + 1), define).join('\n')
    return { run: undefined, isJson, text, isWrong: false }
  }
  define(parser as unknown as Parser)
  return await new Promise((resolve) => {
    void parser.parse(guarded(argv), {}, (error, _args, text) => {
      resolve({
        run,
        isJson,
        text: text === '' && error ? error.message : text,
        isWrong: error !== null && error !== undefined,
      })
    })
  })
}

/**
 * The parser loses the positional arguments that follow `--`, and a dash alone. They go before it instead, those that look
 * like options behind a character that no argument of a process can hold.
 */
function guarded(argv: readonly string[]): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  return [
    ...argv.slice(0, end).map((text) => (text === '-' ? GUARD + text : text)),
    ...argv.slice(end + 1).map((text) => (text.startsWith('-') ? GUARD + text : text)),
  ]
}

const GUARD = '\0'

function unguardAll(args: Record<string, unknown>): void {
  const unguarded = (value: unknown): unknown =>
    typeof value === 'string' && value.startsWith(GUARD) ? value.slice(GUARD.length) : value
  for (const [key, value] of Object.entries(args)) {
    args[key] = Array.isArray(value) ? value.map(unguarded) : unguarded(value)
  }
}

/** What the completion script calls the program with. */
const COMPLETION_FLAG = '--get-yargs-completions'

/** An option given twice is a list to the parser: the last one counts, as elsewhere. */
function lastOf<K extends string>(
  key: K,
  value: string | readonly string[] | undefined,
): { readonly [P in K]?: string } {
  const last = [value].flat().at(-1)
  return last === undefined ? {} : ({ [key]: last } as { readonly [P in K]: string })
}

const addGlobalOptions = (parser: Parser): Parser =>
  parser
    .option('json', { type: 'boolean', default: false, describe: 'Print JSON, for scripts' })
    .option('api-url', { ...TEXT, describe: 'The running service; else as the settings say' })
    .option('token', { ...TEXT, describe: 'Its bearer token; else API_TOKEN' })
