import type { Finding } from '../domain/doctor.ts'
import { isAppError } from '../domain/errors.ts'
import type { CheckContext } from './check-context.ts'
import { fail, ok, warn } from './findings.ts'
import { probe } from './http-probe.ts'

interface KeyUse {
  readonly name: string
  readonly setting: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** A version 3 key goes into the query, a version 4 token into a header, as TMDB wants them. */
export async function checkTmdb(context: CheckContext, signal: AbortSignal): Promise<Finding | undefined> {
  const { tmdbApiKey: key, tmdbBaseUrl } = context.settings
  if (key === '') return undefined
  const isToken = !/^[0-9a-f]{32}$/i.test(key)
  const base = new URL(tmdbBaseUrl)
  const path = base.pathname.replace(/\/+$/, '') || '/3'
  const url = `${base.origin}${path}/configuration${isToken ? '' : `?api_key=${key}`}`
  const headers: Readonly<Record<string, string>> = isToken ? { authorization: `Bearer ${key}` } : {}
  return await checkKey({ name: 'TMDB', setting: 'TMDB_API_KEY', url, headers }, context, signal)
}

/** Asks for the list of formats: no login, and nothing of the day's downloads. */
export async function checkOpenSubtitles(context: CheckContext, signal: AbortSignal): Promise<Finding | undefined> {
  const { opensubtitlesApiKey: key, opensubtitlesBaseUrl } = context.settings
  if (key === '') return undefined
  const url = `${opensubtitlesBaseUrl.replace(/\/+$/, '')}/infos/formats`
  const headers = { 'api-key': key, 'user-agent': 'Momoshtrem v1' }
  return await checkKey({ name: 'OpenSubtitles', setting: 'OPENSUBTITLES_API_KEY', url, headers }, context, signal)
}

/** No finding holds the address that was asked: the key may be in it. */
async function checkKey(use: KeyUse, { options, service }: CheckContext, signal: AbortSignal): Promise<Finding> {
  const { name, setting, url } = use
  const headers = { accept: 'application/json', ...use.headers }
  const later = 'Without it everything goes by the names of files; it is asked again by itself.'
  try {
    const answer = await probe(options.clock, url, { headers, isCertificateVerified: true }, signal)
    service.noteDate(name, answer)
    if (answer.status === 401 || answer.status === 403)
      return fail(`${name} refuses ${setting}`, `Copy the key again from your account, or leave ${setting} empty.`)
    return answer.status < 300 ? ok('the key is accepted') : warn(`${name} answers ${answer.status}`, later)
  } catch (error) {
    if (!isAppError(error, 'unavailable') && !isAppError(error, 'timeout')) throw error
    return warn(error.message, later)
  }
}
