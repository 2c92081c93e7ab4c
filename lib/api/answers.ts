import { z } from 'zod'
import type { ErrorCode } from '../domain/errors.ts'
import { STATUS_OF_CODE } from './error-answers.ts'
import { ErrorAnswer } from './schemas/common.ts'

const DESCRIPTIONS: Readonly<Record<ErrorCode, string>> = {
  not_found: 'There is no such thing in the library.',
  invalid: 'The request is wrong; the message names the field.',
  conflict: 'It is in the library already.',
  read_only: 'This is refused: it comes from another site or for another host.',
  range: 'Outside the file.',
  unavailable: 'Not now: starting, stopping, or a part that is needed is not configured.',
  storage_full: 'The disk is full.',
  timeout: 'The swarm gave no metadata in time.',
  aborted: 'Stopped before its end.',
  unauthorized: 'The bearer token is missing or wrong.',
  internal: 'A fault of the service; its log says more.',
}

/** One answer of a route as the OpenAPI document shows it. */
export const answer = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: { 'application/json': { schema } },
})

export const textAnswer = (description: string) => ({ description, content: { 'text/plain': { schema: z.string() } } })

export const noContent = (description: string) => z.undefined().describe(description)

const errorAnswers = (codes: readonly ErrorCode[]) =>
  Object.fromEntries(codes.map((code) => [STATUS_OF_CODE[code], answer(DESCRIPTIONS[code], ErrorAnswer)]))

/** The error answers of a route under `/api`: these codes, and those that any of them may give. */
export const errorsOf = (...codes: readonly ErrorCode[]) =>
  errorAnswers([...codes, 'invalid', 'unauthorized', 'read_only', 'unavailable', 'internal'])

/** Those of a route that is open to all. */
export const openErrorsOf = (...codes: readonly ErrorCode[]) => errorAnswers([...codes, 'invalid', 'read_only'])

/** And those of a route that takes a body. */
export const bodyErrors = {
  413: answer('The body is larger than the route takes.', ErrorAnswer),
  415: answer('The body is not application/json.', ErrorAnswer),
}
