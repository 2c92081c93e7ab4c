import type { Sidecar, SidecarRole, SidecarSubject } from '../domain/sidecars.ts'
import type { ImageKind } from './image-store.ts'

export interface WantedImage extends Pick<Sidecar, 'role' | 'season'> {
  readonly kind: ImageKind
  /** The provider's. */
  readonly path: string
}

type ImageRole = Exclude<SidecarRole, 'nfo'>

const KINDS: Readonly<Record<ImageRole, ImageKind>> = {
  poster: 'poster',
  fanart: 'fanart',
  'season-poster': 'poster',
  thumb: 'still',
}

/** Undefined for a text. */
export const imageKindOf = (role: SidecarRole): ImageKind | undefined => (role === 'nfo' ? undefined : KINDS[role])

/** The images of these roles that the metadata names. */
export function wantedImages(subject: SidecarSubject, roles: ReadonlySet<SidecarRole>): WantedImage[] {
  const images: WantedImage[] = []
  const add = (role: ImageRole, path: string | null | undefined, season: number | null = null): void => {
    if (path && roles.has(role)) images.push({ role, season, kind: KINDS[role], path })
  }
  if (subject.kind === 'episode') {
    add('thumb', subject.episodes[0]?.metadata.stillPath)
    return images
  }
  add('poster', subject.metadata.posterPath)
  add('fanart', subject.metadata.fanartPath)
  if (subject.kind === 'show') {
    for (const { number, posterPath } of subject.seasons) add('season-poster', posterPath, number)
  }
  return images
}
