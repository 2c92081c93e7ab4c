import type { PageOptions } from '../domain/client-calls.ts'
import type { ListedMovie, ListedShow, SearchHit } from './cli-client.ts'
import { type Choose, type CommandContext, NUMBER, type Parser, TEXT } from './command.ts'
import { allPages } from './pages.ts'
import { episodeCode } from './units.ts'

interface ListOptions {
  readonly only: 'movies' | 'shows' | undefined
  readonly filter: Omit<PageOptions, 'limit' | 'offset'>
}

interface Row {
  readonly type: 'movie' | 'show'
  readonly id: number
  readonly title: string
  readonly year: number | null
  readonly holds: string
}

export function addListCommands(parser: Parser, choose: Choose): void {
  parser
    .command(
      'list [text]',
      'Movies and shows, or those whose title contains the text',
      (command) =>
        command
          .positional('text', { type: 'string' })
          .option('search', { ...TEXT, describe: 'The same as the text' })
          .option('only', { choices: ['movies', 'shows'] as const, describe: 'One kind only' })
          .option('sort', { choices: ['title', 'added', 'year'] as const, default: 'title' as const })
          .option('desc', { type: 'boolean', describe: 'The other way round than the sort suggests, or not' })
          .option('unassigned', { type: 'boolean', describe: 'Only what has no file' })
          .conflicts('search', 'text'),
      (args) => {
        const query = args.search ?? args.text
        const filter = {
          sort: args.sort,
          ...(query !== undefined && { query }),
          ...(args.desc !== undefined && { isDescending: args.desc }),
          ...(args.unassigned === true && { isAssigned: false }),
        }
        choose(args, (context) => listCommand({ only: args.only, filter }, context))
      },
    )
    .command(
      'search <text..>',
      'Movies, shows and episodes by words of their titles and names, the closest first',
      (command) =>
        command
          .positional('text', { type: 'string', array: true, demandOption: true })
          .option('limit', { ...NUMBER, default: 50, describe: 'How many at most' }),
      (args) => choose(args, (context) => searchCommand(args.text.join(' '), args.limit, context)),
    )
}

/** Movies, then shows. */
async function listCommand({ only, filter }: ListOptions, context: CommandContext): Promise<number> {
  const { output, signal } = context
  const client = context.client()
  const movies =
    only === 'shows'
      ? []
      : await allPages(async (page) => {
          const answer = await client.movies({ ...page, ...filter }, signal)
          return { items: answer.movies, total: answer.total }
        }, signal)
  const shows =
    only === 'movies'
      ? []
      : await allPages(async (page) => {
          const answer = await client.shows({ ...page, ...filter }, signal)
          return { items: answer.shows, total: answer.total }
        }, signal)
  if (output.isJson) output.json({ movies, shows })
  else printList([...movies.map(movieRow), ...shows.map(showRow)], context)
  return 0
}

function printList(rows: readonly Row[], { output }: CommandContext): void {
  if (rows.length === 0) {
    output.line('Nothing found.')
    return
  }
  output.table(
    [
      { title: 'TYPE', value: (row) => row.type },
      { title: 'ID', value: (row) => String(row.id), align: 'right' },
      { title: 'TITLE', value: (row) => row.title, canShrink: true },
      { title: 'YEAR', value: (row) => String(row.year ?? '') },
      { title: 'HOLDS', value: (row) => row.holds },
    ],
    rows,
  )
}

function movieRow({ id, title, year, assignments }: ListedMovie): Row {
  const versions = assignments.filter((assignment) => assignment.is_active).map(({ resolution }) => resolution ?? 'yes')
  return { type: 'movie', id, title, year, holds: versions.join(', ') || 'nothing' }
}

const showRow = ({ id, title, year, assigned_count, episode_count }: ListedShow): Row => ({
  type: 'show',
  id,
  title,
  year,
  holds: `${assigned_count} of ${episode_count} episodes`,
})

async function searchCommand(text: string, limit: number, context: CommandContext): Promise<number> {
  const { output, signal } = context
  const { results } = await context.client().search(text, limit, signal)
  if (output.isJson) output.json({ results })
  else if (results.length === 0) output.line('Nothing found.')
  else {
    output.table(
      [
        { title: 'ITEM', value: (hit) => `${hit.type}:${hit.id}` },
        { title: 'TITLE', value: (hit) => hit.title, canShrink: true },
        { title: 'YEAR', value: (hit) => String(hit.year ?? '') },
        { title: 'EPISODE', value: episodeOf, canShrink: true },
      ],
      results,
    )
  }
  return 0
}

const episodeOf = ({ season, episode, name }: SearchHit): string =>
  season === null || episode === null ? '' : `${episodeCode(season, episode)}  ${name ?? ''}`
