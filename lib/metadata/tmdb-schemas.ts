import { z } from 'zod'

/*
 * Answers of the TMDB API, version 3, cut to what is used. Only what a thing is nothing without is demanded (its id or
 * number); any other field may be missing or of another type and is null then. Parsing what was parsed changes nothing.
 */

const id = z.number().int().positive()
const whole = z.number().int().min(0)
const words = z
  .string()
  .transform((value) => value.trim() || null)
  .nullable()
  .catch(null)
const date = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .nullable()
  .catch(null)
const quantity = z.number().min(0).catch(0)
const minutes = whole.nullable().catch(null)
/** File names of images are the only input that becomes a path: nothing but a plain name passes. */
const image = z
  .string()
  .regex(/^\/[\w-]{1,200}\.[a-z]{3,4}$/)
  .nullable()
  .catch(null)

/** The elements that are what they should be; the others are left out. */
const soundOnes = <T extends z.ZodType>(element: T) =>
  z.array(z.unknown()).transform((items): z.output<T>[] =>
    items.flatMap((item) => {
      const parsed = element.safeParse(item)
      return parsed.success ? [parsed.data] : []
    }),
  )
const maybeSome = <T extends z.ZodType>(element: T) => soundOnes(element).catch([])

const rated = { vote_average: quantity, vote_count: quantity }

export const MovieSearch = z.object({
  results: soundOnes(
    z.object({
      id,
      title: words,
      original_title: words,
      release_date: date,
      popularity: quantity,
      vote_count: quantity,
    }),
  ),
})

export const ShowSearch = z.object({
  results: soundOnes(
    z.object({
      id,
      name: words,
      original_name: words,
      first_air_date: date,
      popularity: quantity,
      vote_count: quantity,
      origin_country: maybeSome(z.string()),
    }),
  ),
})

const titled = z.object({ title: words, name: words })

/** With `append_to_response=alternative_titles,translations`: movies say `titles` where shows say `results`. */
export const OtherTitles = z.object({
  alternative_titles: z
    .object({ titles: maybeSome(titled), results: maybeSome(titled) })
    .catch({ titles: [], results: [] }),
  translations: z.object({ translations: maybeSome(z.object({ data: titled })) }).catch({ translations: [] }),
})

const genres = maybeSome(z.object({ name: z.string() }))

export const MovieDetails = z.object({
  id,
  imdb_id: words,
  title: words,
  original_title: words,
  release_date: date,
  overview: words,
  tagline: words,
  genres,
  runtime: minutes,
  ...rated,
  poster_path: image,
  backdrop_path: image,
})
export type MovieDetails = z.output<typeof MovieDetails>

/** With `append_to_response=external_ids`. */
export const ShowDetails = z.object({
  id,
  name: words,
  original_name: words,
  first_air_date: date,
  status: words,
  overview: words,
  genres,
  ...rated,
  poster_path: image,
  backdrop_path: image,
  external_ids: z
    .object({ imdb_id: words, tvdb_id: id.nullable().catch(null) })
    .catch({ imdb_id: null, tvdb_id: null }),
  seasons: maybeSome(z.object({ season_number: whole, episode_count: quantity })),
})
export type ShowDetails = z.output<typeof ShowDetails>

export const SeasonDetails = z.object({
  season_number: whole,
  name: words,
  poster_path: image,
  episodes: maybeSome(
    z.object({
      id: id.nullable().catch(null),
      episode_number: whole,
      name: words,
      air_date: date,
      overview: words,
      runtime: minutes,
      ...rated,
      still_path: image,
    }),
  ),
})
export type SeasonDetails = z.output<typeof SeasonDetails>

/** A show's answer with `append_to_response=season/N,…`: each season under a name of its own. */
export const AppendedSeasons = z.record(z.string(), z.unknown()).transform((answer) =>
  Object.fromEntries(
    Object.entries(answer).flatMap(([name, value]) => {
      const season = name.startsWith('season/') ? SeasonDetails.safeParse(value) : undefined
      return season?.success ? [[name, season.data]] : []
    }),
  ),
)

export const Configuration = z.object({ images: z.object({ secure_base_url: z.url() }) })
