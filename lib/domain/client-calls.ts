// What a client of the REST API asks for, in the words of its own side.

export interface PageOptions {
  readonly limit: number
  readonly offset: number
  readonly query?: string
  readonly sort?: string
  readonly isDescending?: boolean
  readonly isAssigned?: boolean
}

/** Whose subtitles. */
export interface SubtitledItem {
  readonly kind: 'movie' | 'episode'
  readonly id: number
}
