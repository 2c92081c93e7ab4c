import { open } from 'node:fs/promises'
import { throwIfAborted } from '../domain/abort.ts'
import type { ContentReader, ContentSource } from '../domain/content.ts'
import { AppError } from '../domain/errors.ts'
import { type AnyContentId, isLocalContent, parseLocalContentId } from '../domain/ids.ts'
import type { ByteRange } from '../domain/ranges.ts'
import type { SidecarStore } from '../domain/sidecars.ts'
import type { ImageStore } from './image-store.ts'
import { BytesReader, FileReader } from './local-readers.ts'
import { renderNfo } from './render-nfo.ts'
import { imageKindOf } from './wanted-images.ts'

export interface LocalFile {
  readonly path: string
  /** As it is listed. */
  readonly sizeBytes: number
}

export interface LocalContentSourceOptions {
  readonly store: Pick<SidecarStore, 'sidecar' | 'sidecarSubject'>
  readonly images: Pick<ImageStore, 'fetch'>
  /** Where the text of a subtitle is. Throws `not_found`. */
  readonly subtitleFile: (id: number) => LocalFile
}

/**
 * Files of no torrent: texts are made as they are opened, images and subtitles read from where they are kept. A reader has
 * exactly the bytes that were listed: when what it would give became another meanwhile, `open` fails with `not_found`, and
 * the next listing tells of the new one.
 */
export class LocalContentSource implements ContentSource {
  readonly #options: LocalContentSourceOptions

  constructor(options: LocalContentSourceOptions) {
    this.#options = options
  }

  /** Also fails with `unavailable` or `timeout` for an image that was lost and cannot be fetched again. */
  async open(content: AnyContentId, _range: ByteRange, signal: AbortSignal): Promise<ContentReader> {
    throwIfAborted(signal)
    if (!isLocalContent(content)) throw new AppError('not_found', 'a file of a torrent')
    const { kind, id } = parseLocalContentId(content)
    return kind === 'sidecar' ? await this.#sidecar(id, signal) : await openFile(this.#options.subtitleFile(id))
  }

  async #sidecar(id: number, signal: AbortSignal): Promise<ContentReader> {
    const { store, images } = this.#options
    const sidecar = store.sidecar(id)
    if (!sidecar) throw gone()
    const { role, imagePath, sizeBytes } = sidecar
    const imageKind = imageKindOf(role)
    if (imageKind && imagePath !== null) {
      const { path } = await images.fetch(imageKind, imagePath, signal)
      return await openFile({ path, sizeBytes })
    }
    const subject = store.sidecarSubject(sidecar.owner)
    const rendered = subject && renderNfo(subject)
    if (rendered?.tag !== sidecar.tag || rendered.bytes.length !== sizeBytes) throw gone()
    return new BytesReader(rendered.bytes)
  }
}

const gone = (): AppError => new AppError('not_found', 'the file became another meanwhile')

async function openFile({ path, sizeBytes }: LocalFile): Promise<ContentReader> {
  const file = await open(path).catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? gone() : error
  })
  try {
    const { size } = await file.stat()
    if (size !== sizeBytes) throw gone()
    return new FileReader(file, sizeBytes)
  } catch (error) {
    await file.close()
    throw error
  }
}
