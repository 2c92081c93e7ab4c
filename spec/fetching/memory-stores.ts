import type { ContainerInfo, ContainerStore } from '../../lib/domain/container.ts'
import type { FileKey } from '../../lib/domain/curation.ts'
import type { Pin, PinKind, PinStore } from '../../lib/domain/fetching.ts'

const textOf = ({ infoHash, fileIndex }: FileKey): string => `${infoHash}:${fileIndex}`

/** What the database keeps of pins; `videos` are the files that show, the newest first. */
export class MemoryPinStore implements PinStore {
  videos: (FileKey & { readonly sizeBytes: number; readonly isPrivate: boolean })[] = []
  readonly #pins = new Map<string, Pin>()

  pins(): readonly Pin[] {
    return [...this.#pins.values()]
  }

  of(kind: PinKind): readonly Pin[] {
    return this.pins().filter((pin) => pin.kind === kind)
  }

  savePin(pin: Pin): void {
    this.#pins.set(`${pin.kind} ${textOf(pin)}`, pin)
  }

  deletePin(file: FileKey, kind: PinKind): void {
    this.#pins.delete(`${kind} ${textOf(file)}`)
  }

  filesToProbe(limit: number): readonly (FileKey & { readonly sizeBytes: number; readonly isPrivate: boolean })[] {
    return this.videos.filter((file) => !this.#pins.has(`ends ${textOf(file)}`)).slice(0, limit)
  }
}

export class MemoryContainerStore implements ContainerStore {
  readonly saved = new Map<string, ContainerInfo>()

  loadContainer(file: FileKey): ContainerInfo | undefined {
    return this.saved.get(textOf(file))
  }

  saveContainer(file: FileKey, container: ContainerInfo): void {
    this.saved.set(textOf(file), container)
  }
}
