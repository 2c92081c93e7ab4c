import type { z } from 'zod'
import type { PageOptions, SubtitledItem } from '../domain/client-calls.ts'
import type { TorrentInput } from '../domain/intake.ts'
import { type ApiClientOptions, HttpTransport, type Query } from './http-transport.ts'
import type {
  FileJson,
  FilesAnswer,
  MatchFileBody,
  MatchMovieBody,
  MatchShowBody,
  OfflineAnswer,
  PurgeAnswer,
  TrashAnswer,
  TrashBody,
} from './schemas/curation.ts'
import type { AddSubtitleBody, FoundSubtitlesAnswer, SubtitleJson, SubtitlesAnswer } from './schemas/subtitles.ts'
import type {
  IdentifyAnswer,
  ImportAnswer,
  LimitsBody,
  LimitsJson,
  ScrubLine,
  SearchAnswer,
  StatusAnswer,
} from './schemas/system.ts'
import type { MovieJson, MoviesAnswer, ShowJson, ShowSummaryJson, ShowsAnswer } from './schemas/titled.ts'
import type { AddingAnswer, AddTorrentAnswer, BulkResult, TorrentJson, TorrentsAnswer } from './schemas/torrents.ts'

type Json<S extends z.ZodType> = z.output<S>

/** The REST calls as methods; answers as the API's documents describe them. All fail as `HttpTransport` does. */
export class ApiClient {
  readonly #http: HttpTransport

  /** Throws `invalid` for a URL that is not http or https. */
  constructor(options: ApiClientOptions) {
    this.#http = new HttpTransport(options)
  }

  addTorrent(input: TorrentInput, signal?: AbortSignal): Promise<Json<typeof AddTorrentAnswer>> {
    return this.#post(['torrents'], sourceJson(input), signal)
  }

  /** A result for each of at most 500, as soon as it is known. */
  addTorrents(inputs: readonly TorrentInput[], signal?: AbortSignal): AsyncGenerator<Json<typeof BulkResult>, void> {
    const body = { torrents: inputs.map(sourceJson) }
    return this.#http.lines({ method: 'POST', path: ['api', 'torrents', 'bulk'], body }, signal)
  }

  torrents(page: PageOptions, signal?: AbortSignal): Promise<Json<typeof TorrentsAnswer>> {
    return this.#get(['torrents'], pageQuery(page), signal)
  }

  /** Magnets whose metadata is looked for. */
  adding(signal?: AbortSignal): Promise<Json<typeof AddingAnswer>> {
    return this.#get(['torrents', 'adding'], {}, signal)
  }

  torrent(infoHash: string, signal?: AbortSignal): Promise<Json<typeof TorrentJson>> {
    return this.#get(['torrents', infoHash], {}, signal)
  }

  pause(infoHash: string, signal?: AbortSignal): Promise<Json<typeof TorrentJson>> {
    return this.#post(['torrents', infoHash, 'pause'], undefined, signal)
  }

  resume(infoHash: string, signal?: AbortSignal): Promise<Json<typeof TorrentJson>> {
    return this.#post(['torrents', infoHash, 'resume'], undefined, signal)
  }

  remove(infoHash: string, deleteData: boolean, signal?: AbortSignal): Promise<void> {
    return this.#delete(['torrents', infoHash], { delete_data: deleteData }, signal)
  }

  movies(page: PageOptions, signal?: AbortSignal): Promise<Json<typeof MoviesAnswer>> {
    return this.#get(['movies'], pageQuery(page), signal)
  }

  movie(id: number, signal?: AbortSignal): Promise<Json<typeof MovieJson>> {
    return this.#get(['movies', id], {}, signal)
  }

  matchMovie(id: number, body: z.input<typeof MatchMovieBody>, signal?: AbortSignal): Promise<Json<typeof MovieJson>> {
    return this.#post(['movies', id, 'match'], body, signal)
  }

  shows(page: PageOptions, signal?: AbortSignal): Promise<Json<typeof ShowsAnswer>> {
    return this.#get(['shows'], pageQuery(page), signal)
  }

  show(id: number, signal?: AbortSignal): Promise<Json<typeof ShowJson>> {
    return this.#get(['shows', id], {}, signal)
  }

  matchShow(
    id: number,
    body: z.input<typeof MatchShowBody>,
    signal?: AbortSignal,
  ): Promise<Json<typeof ShowSummaryJson>> {
    return this.#post(['shows', id, 'match'], body, signal)
  }

  search(q: string, limit: number, signal?: AbortSignal): Promise<Json<typeof SearchAnswer>> {
    return this.#get(['search'], { q, limit }, signal)
  }

  matchFile(id: string, body: z.input<typeof MatchFileBody>, signal?: AbortSignal): Promise<Json<typeof FileJson>> {
    return this.#post(['files', id, 'match'], body, signal)
  }

  activateFile(id: string, signal?: AbortSignal): Promise<Json<typeof FileJson>> {
    return this.#post(['files', id, 'activate'], undefined, signal)
  }

  deleteFile(id: string, signal?: AbortSignal): Promise<void> {
    return this.#delete(['files', id], {}, signal)
  }

  keepFile(id: string, path: string | undefined, signal?: AbortSignal): Promise<Json<typeof OfflineAnswer>> {
    return this.#post(['files', id, 'offline'], path === undefined ? {} : { path }, signal)
  }

  releaseFile(id: string, signal?: AbortSignal): Promise<void> {
    return this.#delete(['files', id, 'offline'], {}, signal)
  }

  trash(page: PageOptions, signal?: AbortSignal): Promise<Json<typeof TrashAnswer>> {
    return this.#get(['trash'], pageQuery(page), signal)
  }

  putIntoTrash(target: z.input<typeof TrashBody>, signal?: AbortSignal): Promise<Json<typeof FilesAnswer>> {
    return this.#post(['trash'], target, signal)
  }

  restore(target: z.input<typeof TrashBody>, signal?: AbortSignal): Promise<Json<typeof FilesAnswer>> {
    return this.#post(['trash', 'restore'], target, signal)
  }

  emptyTrash(olderThanDays: number, signal?: AbortSignal): Promise<Json<typeof PurgeAnswer>> {
    return this.#delete(['trash'], { older_than_days: olderThanDays }, signal)
  }

  subtitles(owner: SubtitledItem, signal?: AbortSignal): Promise<Json<typeof SubtitlesAnswer>> {
    return this.#get(subtitlesOf(owner), {}, signal)
  }

  searchSubtitles(
    owner: SubtitledItem,
    languages: string | undefined,
    signal?: AbortSignal,
  ): Promise<Json<typeof FoundSubtitlesAnswer>> {
    return this.#get([...subtitlesOf(owner), 'search'], { languages }, signal)
  }

  addSubtitle(
    owner: SubtitledItem,
    body: z.input<typeof AddSubtitleBody>,
    signal?: AbortSignal,
  ): Promise<Json<typeof SubtitleJson>> {
    return this.#post(subtitlesOf(owner), body, signal)
  }

  deleteSubtitle(id: number, signal?: AbortSignal): Promise<void> {
    return this.#delete(['subtitles', id], {}, signal)
  }

  limits(signal?: AbortSignal): Promise<Json<typeof LimitsJson>> {
    return this.#get(['limits'], {}, signal)
  }

  setLimits(limits: z.input<typeof LimitsBody>, signal?: AbortSignal): Promise<Json<typeof LimitsJson>> {
    return this.#http.json({ method: 'PUT', path: ['api', 'limits'], body: limits }, signal)
  }

  /** How far it is, until it is done. Leaving the generator ends it. */
  scrub(signal?: AbortSignal): AsyncGenerator<Json<typeof ScrubLine>, void> {
    return this.#http.lines({ method: 'POST', path: ['api', 'cache', 'scrub'] }, signal)
  }

  exportLibrary(signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
    return this.#http.bytes({ method: 'GET', path: ['api', 'library', 'export'] }, signal)
  }

  importLibrary(document: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<Json<typeof ImportAnswer>> {
    return this.#http.json({ method: 'POST', path: ['api', 'library', 'import'], lines: document }, signal)
  }

  identify(names: readonly string[], signal?: AbortSignal): Promise<Json<typeof IdentifyAnswer>> {
    return this.#post(['identify'], { names }, signal)
  }

  status(signal?: AbortSignal): Promise<Json<typeof StatusAnswer>> {
    return this.#get(['status'], {}, signal)
  }

  #get<T>(path: readonly (string | number)[], query: Query, signal: AbortSignal | undefined): Promise<T> {
    return this.#http.json({ method: 'GET', path: ['api', ...path], query }, signal)
  }

  #post<T>(path: readonly (string | number)[], body: unknown, signal: AbortSignal | undefined): Promise<T> {
    return this.#http.json({ method: 'POST', path: ['api', ...path], body }, signal)
  }

  #delete<T>(path: readonly (string | number)[], query: Query, signal: AbortSignal | undefined): Promise<T> {
    return this.#http.json({ method: 'DELETE', path: ['api', ...path], query }, signal)
  }
}

const sourceJson = (input: TorrentInput) =>
  'magnetUri' in input ? { magnet_uri: input.magnetUri } : { torrent: Buffer.from(input.metadata).toString('base64') }

const subtitlesOf = ({ kind, id }: SubtitledItem) => [`${kind}s`, id, 'subtitles']

const pageQuery = ({ limit, offset, query, sort, isDescending, isAssigned }: PageOptions): Query => ({
  limit,
  offset,
  q: query === '' ? undefined : query,
  sort,
  order: isDescending === undefined ? undefined : isDescending ? 'desc' : 'asc',
  assigned: isAssigned,
})
