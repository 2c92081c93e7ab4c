import type { Identifier, NameIdentity } from '../domain/identify.ts'
import type { Output } from './output.ts'
import { formatPercent } from './units.ts'

/** Needs no running service. */
export function identifyCommand(
  names: readonly string[],
  identifier: Pick<Identifier, 'identifyName'>,
  output: Output,
): number {
  const results = names.map((name) => ({ name, identity: identifier.identifyName(name) }))
  if (output.isJson) {
    output.json({ results: results.map(({ name, identity }) => ({ name, ...identityFields(identity) })) })
    return 0
  }
  output.table(
    [
      { title: 'NAME', value: ({ name }) => name, canShrink: true },
      { title: 'TYPE', value: ({ identity }) => identity.type },
      { title: 'TITLE', value: ({ identity }) => identity.title ?? '', canShrink: true },
      { title: 'YEAR', value: ({ identity }) => String(identity.year ?? '') },
      { title: 'NUMBER', value: ({ identity }) => numbering(identity) },
      { title: 'QUALITY', value: ({ identity }) => qualityOf(identity), canShrink: true },
      { title: 'SURE', value: ({ identity }) => formatPercent(identity.confidence), align: 'right' },
    ],
    results,
  )
  return 0
}

/** The fields of REST's answer. */
const identityFields = (identity: NameIdentity) => ({
  type: identity.type,
  title: identity.title,
  year: identity.year,
  season: identity.season,
  episodes: identity.episodes,
  absolute_episodes: identity.absoluteEpisodes,
  air_date: identity.airDate,
  ...identity.quality,
  confidence: identity.confidence,
})

/** `S01E02E03`, `#7`, a date, or nothing. */
function numbering({ season, episodes, absoluteEpisodes, airDate }: NameIdentity): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const inSeason = (season === null ? '' : `S${two(season)}`) + episodes.map((episode) => `E${two(episode)}`).join('')
  const absolute = absoluteEpisodes.length === 0 ? '' : `#${absoluteEpisodes.join(',')}`
  return [inSeason, absolute, airDate ?? ''].filter((part) => part !== '').join(' ')
}

function qualityOf({ quality }: NameIdentity): string {
  const { resolution, source, codec, hdr } = quality
  return [resolution, source, codec, hdr].filter((part) => part !== null).join(' ')
}
