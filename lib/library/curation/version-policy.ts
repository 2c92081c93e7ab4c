import type { VersionPolicy } from '../../domain/curation.ts'
import { pathOfParts } from '../../domain/variant.ts'
import { compareVersions, type Ranked } from './version-order.ts'

/** A file of a movie or of a season that is neither in the trash nor deleted. */
export interface Version {
  readonly infoHash: string
  readonly fileIndex: number
  readonly filePath: string
  readonly sizeBytes: number
  readonly resolution: string | null
  readonly source: string | null
  readonly assignedAtMs: number
  readonly isActive: boolean
  readonly isChosen: boolean
  /** Its episodes' numbers, both included; a movie is its only episode. */
  readonly first: number
  readonly last: number
}

/** Files that go together: the discs of one film, the stories of one episode, else one file. */
interface Release extends Ranked {
  readonly files: readonly Version[]
  readonly isChosen: boolean
  readonly first: number
  readonly last: number
}

type Span = Pick<Version, 'first' | 'last'>

/**
 * Which versions of one movie, or of one season, are active by `VersionPolicy`'s rule. `isAnew` forgets which are: they
 * become what they were, had the policy always been this one.
 */
export function activeVersions(versions: readonly Version[], policy: VersionPolicy, isAnew = false): Set<Version> {
  const active = new Set<Version>()
  const shown = new Set<number>()
  const isNeeded = (span: Span): boolean => episodesOf(span).some((episode) => !shown.has(episode))
  const show = (files: readonly Version[]): void => {
    for (const file of files) {
      active.add(file)
      for (const episode of episodesOf(file)) shown.add(episode)
    }
  }
  const showNeeded = (releases: readonly Release[]): void => {
    for (const release of releases) if (isNeeded(release)) show(release.files)
  }
  const releases = releasesOf(versions).sort(
    (a, b) => Number(b.isChosen) - Number(a.isChosen) || compareVersions(a, b, policy),
  )
  if (policy !== 'all') {
    showNeeded(releases)
    return active
  }
  if (!isAnew) show(versions.filter((version) => version.isActive))
  showNeeded(releases.filter((release) => release.isChosen))
  const missing = releases.filter(isNeeded)
  for (const release of missing) show(release.files)
  return active
}

/** What a person's choice makes of the versions: the wanted ones with their other discs, and those that these cover. */
export function splitByChoice(
  versions: readonly Version[],
  wanted: readonly Version[],
): { readonly chosen: ReadonlySet<Version>; readonly replaced: ReadonlySet<Version> } {
  const releases = releasesOf(versions)
  const chosen = releases.filter(({ files }) => files.some((file) => wanted.includes(file)))
  const shown = new Set(chosen.flatMap(episodesOf))
  const replaced = releases.filter(
    (release) => !chosen.includes(release) && episodesOf(release).every((episode) => shown.has(episode)),
  )
  const files = (of: readonly Release[]) => new Set(of.flatMap((release) => release.files))
  return { chosen: files(chosen), replaced: files(replaced) }
}

function releasesOf(versions: readonly Version[]): Release[] {
  const byName = new Map<string, [Version, ...Version[]]>()
  for (const version of versions) {
    const { infoHash, filePath, first, last } = version
    const name = JSON.stringify([infoHash, pathOfParts(filePath), first, last])
    const release = byName.get(name)
    if (release) release.push(version)
    else byName.set(name, [version])
  }
  return Array.from(byName.values(), (files) => ({
    ...files[0],
    files,
    isChosen: files.some((file) => file.isChosen),
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    episodeCount: 1 + files[0].last - files[0].first,
  }))
}

function episodesOf({ first, last }: Span): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}
