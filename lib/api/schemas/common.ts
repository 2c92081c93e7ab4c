import { z } from 'zod'
import { ERROR_CODES } from '../../domain/errors.ts'

export const BODY_MAX_BYTES = 256 * 1024
/** A show of some ten thousand episodes, or as many names. */
export const LONG_BODY_MAX_BYTES = 4 * 1024 * 1024
/** Of items that one page, search or bulk call holds. */
export const PAGE_MAX = 500

export const ErrorJson = z.strictObject({
  code: z.enum(ERROR_CODES),
  message: z.string().describe('For a person to read.'),
})
export const ErrorAnswer = z.strictObject({ error: ErrorJson }).meta({ id: 'Error' })

export const text = (maxChars: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxChars)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'control characters and halves of characters are not allowed')

export const Id = z.int().min(1)
export const Year = z.int().min(1870).max(2200)
export const Title = text(300)
export const SeasonNumber = z.int().min(0).max(10_000)
export const EpisodeNumber = z.int().min(0).max(100_000)
/** Plain or URL-safe alphabet, with the line breaks that tools put in. */
export const base64 = (maxChars: number) =>
  z
    .string()
    .min(1)
    .max(maxChars)
    .regex(/^[\sA-Za-z0-9+/_=-]*$/, 'must be base64')
    .meta({ contentEncoding: 'base64' })

export const Count = z.int().min(0)
export const Bytes = Count.describe('Bytes.')
export const Instant = z.iso.datetime()
export const nullableText = z.string().nullable()
export const nullableCount = Count.nullable()

const FILE_ID = /^[0-9a-fA-F]{40}:\d{1,6}$/
export const FileId = z
  .string()
  .regex(FILE_ID, 'must be an info-hash, a colon and the number of the file')
  .describe('`<info-hash>:<number of the file>`.')

export const IdParams = z.strictObject({ id: z.coerce.number().int().min(1) })
export const FileParams = z.strictObject({ id: FileId })
export const HashParams = z.strictObject({
  hash: z
    .string()
    .regex(/^[0-9a-fA-F]{40}$/, 'must be an info-hash of 40 hexadecimal digits')
    .describe('v1 info-hash.'),
})

/** What every query for a page holds. */
export const pageFields = {
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(100),
  offset: z.coerce.number().int().min(0).default(0),
}
export const listFields = {
  ...pageFields,
  q: z.string().max(200).optional().describe('Part of a title or name, in any case.'),
  order: z
    .enum(['asc', 'desc'])
    .optional()
    .describe('Else as the sort suggests: names from A, the rest newest or largest first.'),
}
/** What every page holds beside its items. */
export const paged = { total: Count, limit: Count, offset: Count }

/** In a query, where all is text. */
export const flag = z.enum(['true', 'false'])

/** Of an object's optional fields just one is there. */
export function exactlyOne<S extends z.ZodObject>(schema: S, ...fields: readonly (keyof z.output<S> & string)[]) {
  return schema
    .refine(
      (body) => fields.filter((field) => (body as Readonly<Record<string, unknown>>)[field] !== undefined).length === 1,
      `exactly one of ${fields.join(', ').replace(/, ([^,]+)$/, ' and $1')} is needed`,
    )
    .meta({ oneOf: fields.map((field) => ({ required: [field] })) })
}
