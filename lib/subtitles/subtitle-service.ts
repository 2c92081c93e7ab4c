import { throwIfAborted } from '../domain/abort.ts'
import { AppError, isAppError } from '../domain/errors.ts'
import type { SubtitleTraits } from '../domain/identify.ts'
import type { Logger } from '../domain/logger.ts'
import type {
  FoundSubtitle,
  GivenSubtitleTraits,
  StoredSubtitle,
  SubtitleChoice,
  SubtitleOwner,
  SubtitleStore,
  Subtitles,
  UploadedSubtitle,
} from '../domain/subtitles.ts'
import { findSubtitles, type ReadStored } from './find-subtitles.ts'
import type { SubtitleProvider } from './provider.ts'
import { readSubtitle } from './read-subtitle.ts'
import { SubtitleFiles } from './subtitle-files.ts'

export interface SubtitleServiceOptions {
  readonly store: SubtitleStore
  /** Left out: nothing is searched or downloaded. */
  readonly provider?: SubtitleProvider
  readonly readStored: ReadStored
  /** What the name of a subtitle, without its extension, says of it. */
  readonly traitsOf: (stem: string) => SubtitleTraits
  /** Of the texts; made when the first comes. */
  readonly directory: string
  /** Asked for when a search names none. */
  readonly languages: readonly string[]
  readonly logger: Logger
}

type NewSubtitle = Parameters<SubtitleStore['addSubtitle']>[0]

/** Found subtitles whose traits are kept for their download. */
const MAX_REMEMBERED = 2000

/** Subtitles that people bring or choose: rows in the library, texts in a directory under the same id. */
export class SubtitleService implements Subtitles {
  readonly #options: SubtitleServiceOptions
  readonly #files: SubtitleFiles
  readonly #found = new Map<string, FoundSubtitle>()
  #writing: Promise<unknown> = Promise.resolve()

  constructor(options: SubtitleServiceOptions) {
    this.#options = options
    this.#files = new SubtitleFiles(options.directory)
  }

  /** Removes texts that no subtitle of the library has, and subtitles that lost their text. */
  async start(): Promise<void> {
    const { store, logger } = this.#options
    await this.#exclusively(async () => {
      for (const id of await this.#files.sweep(store.subtitleIds())) {
        logger.warn('a subtitle has lost its text', { id })
        store.deleteSubtitle(id)
      }
    })
  }

  list(owner: SubtitleOwner): readonly StoredSubtitle[] {
    return this.#options.store.subtitles(owner)
  }

  /** Where its text is, and how long. Throws `not_found`. */
  file(id: number): { readonly path: string; readonly sizeBytes: number } {
    const subtitle = this.#options.store.subtitle(id)
    return { path: this.#files.path(subtitle), sizeBytes: subtitle.sizeBytes }
  }

  async search(
    owner: SubtitleOwner,
    options: { readonly languages?: readonly string[] },
    signal: AbortSignal,
  ): Promise<readonly FoundSubtitle[]> {
    const { store, readStored } = this.#options
    const query = store.subtitleQuery(owner)
    const languages = options.languages?.length ? options.languages : this.#options.languages
    const found = await findSubtitles(this.#provider(), query, languages, readStored, signal)
    for (const subtitle of found) this.#remember(subtitle)
    return found
  }

  async download(owner: SubtitleOwner, choice: SubtitleChoice, signal: AbortSignal): Promise<StoredSubtitle> {
    this.#options.store.subtitleQuery(owner) // an owner that is not there costs no download
    const { fileId } = choice
    const known = this.#found.get(fileId)
    const { bytes, fileName } = await this.#provider().download(fileId, signal)
    const named = fileName ?? known?.fileName ?? ''
    const traits = traitsFrom(choice, known ?? this.#traitsOf(named))
    const releaseName = choice.releaseName ?? known?.releaseName ?? (stemOf(named) || null)
    const about = { owner, source: 'opensubtitles', providerId: fileId, releaseName, ...traits } as const
    return await this.#keep(bytes, about, signal).catch((error: unknown) => {
      throw isAppError(error, 'invalid') ? new AppError('unavailable', `OpenSubtitles: ${error.message}`, error) : error
    })
  }

  async upload(owner: SubtitleOwner, subtitle: UploadedSubtitle, signal: AbortSignal): Promise<StoredSubtitle> {
    const { fileName, bytes } = subtitle
    const traits = traitsFrom(subtitle, this.#traitsOf(fileName))
    const releaseName = stemOf(fileName) || null
    return await this.#keep(bytes, { owner, source: 'upload', providerId: null, releaseName, ...traits }, signal)
  }

  async delete(id: number): Promise<void> {
    const { store } = this.#options
    await this.#exclusively(async () => {
      const subtitle = store.subtitle(id)
      store.deleteSubtitle(id)
      await this.#files.remove(subtitle)
    })
  }

  /** Once what is being written is. Idempotent. */
  async close(): Promise<void> {
    await this.#writing
  }

  #provider(): SubtitleProvider {
    const { provider } = this.#options
    if (!provider) throw new AppError('unavailable', 'OpenSubtitles is not set up: set OPENSUBTITLES_API_KEY')
    return provider
  }

  /** The text is on the disk before the library tells of it. */
  async #keep(
    bytes: Uint8Array,
    about: Omit<NewSubtitle, 'format' | 'sizeBytes'>,
    signal: AbortSignal,
  ): Promise<StoredSubtitle> {
    const text = await readSubtitle(bytes, about.language)
    throwIfAborted(signal)
    return await this.#exclusively(async () => {
      const part = await this.#files.write(text.bytes)
      let kept: StoredSubtitle | undefined
      try {
        kept = this.#options.store.addSubtitle({ ...about, format: text.format, sizeBytes: text.bytes.length })
        await this.#files.keep(part, kept)
        return kept
      } catch (error) {
        await this.#files.discard(part)
        if (kept) this.#options.store.deleteSubtitle(kept.id)
        throw error
      }
    })
  }

  /** One after the other: two downloads of the same subtitle are one file. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#writing.then(work)
    this.#writing = result.catch(() => {}) // the caller hears of it
    return result
  }

  #traitsOf(fileName: string): SubtitleTraits {
    return this.#options.traitsOf(stemOf(fileName))
  }

  #remember(subtitle: FoundSubtitle): void {
    this.#found.delete(subtitle.fileId)
    this.#found.set(subtitle.fileId, subtitle)
    if (this.#found.size <= MAX_REMEMBERED) return
    const [oldest] = this.#found.keys()
    if (oldest !== undefined) this.#found.delete(oldest)
  }
}

function traitsFrom(given: GivenSubtitleTraits, known: SubtitleTraits): SubtitleTraits {
  return {
    language: given.language ?? known.language,
    isForced: given.isForced ?? known.isForced,
    isHearingImpaired: given.isHearingImpaired ?? known.isHearingImpaired,
    isCommentary: given.isCommentary ?? known.isCommentary,
  }
}

/** Of the last part of a path, whatever its separators. */
const stemOf = (fileName: string): string =>
  fileName
    .replace(/^.*[/\\]/s, '')
    .replace(/(?:\.(?:zip|gz))?$/i, '')
    .replace(/\.(?:srt|vtt|ass|ssa|sub)$/i, '')
