import { join } from 'node:path'
import type { ContentSource } from '../domain/content.ts'
import { AppError } from '../domain/errors.ts'
import { readSubtitleName } from '../identify/subtitle-name.ts'
import type { Library } from '../library/library.ts'
import { HttpRequester } from '../metadata/http-requester.ts'
import type { TmdbClient } from '../metadata/tmdb-client.ts'
import { ImageStore } from '../sidecars/image-store.ts'
import { LocalContentSource } from '../sidecars/local-content-source.ts'
import { RoutedContentSource } from '../sidecars/routed-content-source.ts'
import { SidecarKeeper } from '../sidecars/sidecar-keeper.ts'
import { readStored } from '../stream/read-stored.ts'
import { OpenSubtitlesClient } from '../subtitles/opensubtitles-client.ts'
import { SubtitleService } from '../subtitles/subtitle-service.ts'
import { VERSION } from '../version.ts'
import type { Base } from './parts.ts'
import type { Torrents } from './torrents.ts'

/** OpenSubtitles allows five requests a second. */
const SUBTITLE_REQUESTS = 2

export interface LocalFiles {
  readonly subtitles: SubtitleService
  readonly sidecars: SidecarKeeper
  /** Files of torrents and of this machine alike. */
  readonly content: ContentSource
}

/** What stands beside films and is of no torrent. */
export function createLocalFiles(
  base: Base,
  library: Library,
  { activity }: Torrents,
  torrentContent: ContentSource,
  tmdb: TmdbClient | undefined,
): LocalFiles {
  const { config, clock, logger, parts } = base
  const subtitles = parts.own(
    'subtitles',
    new SubtitleService({
      store: library,
      ...(config.opensubtitlesApiKey !== '' && { provider: openSubtitles(base) }),
      readStored: (file, range, signal) => readStored(activity, file, range, signal),
      traitsOf: readSubtitleName,
      directory: join(config.dataDir, 'subtitles'),
      languages: config.subtitleLanguages,
      logger,
    }),
  )
  const images = parts.own(
    'images',
    new ImageStore({
      http: new HttpRequester({ name: 'the image server', clock }),
      directory: join(config.dataDir, 'images'),
      imageBaseUrl: (signal) => {
        if (tmdb) return tmdb.imageBaseUrl(signal)
        return Promise.reject(new AppError('unavailable', 'images come from TMDB: set TMDB_API_KEY'))
      },
    }),
  )
  const sidecars = parts.own(
    'sidecars',
    new SidecarKeeper({
      store: library,
      images,
      roles: config.sidecars,
      statePath: join(config.dataDir, 'sidecars.json'),
      clock,
      logger,
    }),
  )
  const local = new LocalContentSource({ store: library, images, subtitleFile: (id) => subtitles.file(id) })
  return { subtitles, sidecars, content: new RoutedContentSource(torrentContent, local) }
}

function openSubtitles({ config, clock, parts }: Base): OpenSubtitlesClient {
  const client = new OpenSubtitlesClient({
    http: new HttpRequester({ name: 'OpenSubtitles', clock, concurrency: SUBTITLE_REQUESTS }),
    clock,
    apiKey: config.opensubtitlesApiKey,
    username: config.opensubtitlesUsername,
    password: config.opensubtitlesPassword,
    baseUrl: config.opensubtitlesBaseUrl,
    userAgent: `Momoshtrem v${VERSION}`,
  })
  return parts.own('OpenSubtitles', client)
}
