import yargs from 'yargs'
import { addCommand } from './add-command.ts'
import type { CliClient, CliServices } from './cli-services.ts'
import { doctorCommand } from './doctor-command.ts'
import { identifyCommand } from './identify-command.ts'
import { listCommand } from './list-command.ts'
import { Output } from './output.ts'
import { pauseCommand, removeCommand, torrentsCommand } from './torrent-commands.ts'

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
  const choose = (
    args: GlobalOptions,
    chosen: (client: () => CliClient, output: Output) => Promise<number> | number,
  ) => {
    isJson = args.json
    run = (output) =>
      chosen(() => services.connect({ ...lastOf('apiUrl', args['api-url']), ...lastOf('token', args.token) }), output)
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
    .wrap(Math.min(services.stdout.columns ?? 100, 100))
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
      'boolean-negation': false,
      'camel-case-expansion': false,
    })
    .option('json', { type: 'boolean', default: false, describe: 'Print JSON, for scripts' })
    .option('api-url', { type: 'string', describe: 'The running service; else as the settings say' })
    .option('token', { type: 'string', describe: 'Its bearer token; else API_TOKEN' })
    .command('serve', 'Start the service and stay in the foreground', {}, () => {
      run = async () => {
        await services.serve()
        return 0
      }
    })
    .command(
      'add <source..>',
      'Add torrents: magnets, info-hashes, .torrent files, or files with magnets in them',
      (command) => command.positional('source', { type: 'string', array: true, demandOption: true }),
      (args) => choose(args, (client, output) => addCommand(args.source.map(unguarded), client(), services, output)),
    )
    .command(
      'list [text]',
      'Movies and shows, or those whose title contains the text',
      (command) =>
        command
          .positional('text', { type: 'string' })
          .option('only', { choices: ['movies', 'shows'] as const, describe: 'One kind only' }),
      (args) =>
        choose(args, (client, output) => listCommand({ kind: args.only, query: args.text }, client(), output, signal)),
    )
    .command(
      'identify <name..>',
      'Tell what file or release names say; needs no running service',
      (command) => command.positional('name', { type: 'string', array: true, demandOption: true }),
      (args) =>
        choose(args, (_client, output) => identifyCommand(args.name.map(unguarded), services.identifier, output)),
    )
    .command('torrents', 'Torrents with their state', {}, (args) =>
      choose(args as typeof args & GlobalOptions, (client, output) => torrentsCommand(client(), output, signal)),
    )
    .command('doctor', 'Check the set-up and say what to do', {}, (args) =>
      choose(args as typeof args & GlobalOptions, (_client, output) =>
        doctorCommand(services.doctorChecks, output, signal),
      ),
    )
    .command('migrate', 'Bring the database up to date, as every start does', {}, () => {
      run = async () => {
        await services.migrate()
        return 0
      }
    })
    .completion('completion', 'Print a completion script for bash or zsh')
  for (const action of ['pause', 'resume'] as const) {
    parser.command(
      `${action} <hash>`,
      action === 'pause' ? 'Take a torrent off the network until it is resumed' : 'End the pause of a torrent',
      (command) => command.positional('hash', HASH),
      (args) => choose(args, (client, output) => pauseCommand(action, args.hash, client(), output, signal)),
    )
  }
  parser.command(
    'remove <hash>',
    'Remove a torrent from the library',
    (command) =>
      command
        .positional('hash', HASH)
        .option('delete-data', { type: 'boolean', default: false, describe: 'Its cached pieces as well' }),
    (args) => choose(args, (client, output) => removeCommand(args.hash, args['delete-data'], client(), output, signal)),
  )
  const completionAt = argv.indexOf(COMPLETION_FLAG)
  if (completionAt >= 0) {
    const words = await parser.getCompletion(argv.slice(completionAt + 1))
    return { run: undefined, isJson, text: words.join('\n'), isWrong: false }
  }
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
 * The parser loses the positional arguments that follow `--`. They go before it instead, those that look like options
 * behind a character that no argument of a process can hold.
 */
function guarded(argv: readonly string[]): string[] {
  const end = argv.indexOf('--')
  if (end < 0) return [...argv]
  return [...argv.slice(0, end), ...argv.slice(end + 1).map((text) => (text.startsWith('-') ? GUARD + text : text))]
}

const GUARD = '\0'
const unguarded = (text: string): string => (text.startsWith(GUARD) ? text.slice(GUARD.length) : text)

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

const HASH = {
  type: 'string',
  demandOption: true,
  describe: 'Info-hash, or the beginning of one',
} as const

interface GlobalOptions {
  readonly json: boolean
  readonly 'api-url': string | undefined
  readonly token: string | undefined
}
