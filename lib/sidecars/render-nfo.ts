import { createHash } from 'node:crypto'
import type { SidecarSubject } from '../domain/sidecars.ts'
import { nfoText } from './nfo.ts'

export interface RenderedNfo {
  readonly bytes: Uint8Array
  /** As `Sidecar.tag`. */
  readonly tag: string
}

export function renderNfo(subject: SidecarSubject): RenderedNfo {
  const bytes = Buffer.from(nfoText(subject))
  return { bytes, tag: createHash('sha1').update(bytes).digest('hex').slice(0, 16) }
}
