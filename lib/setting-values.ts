import { isIP } from 'node:net'
import { resolve } from 'node:path'

/*
 * What a setting's text may be. Each throws an Error that says what is wrong with it, in words that follow the setting's
 * name.
 */

export const text = (value: string): string => value

export function bool(value: string): boolean {
  if (/^(?:true|1|yes|on)$/i.test(value)) return true
  if (/^(?:false|0|no|off)$/i.test(value)) return false
  throw new Error(`must be true or false, not "${value}"`)
}

export const whole =
  (min: number, max: number) =>
  (value: string): number => {
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new Error(`must be a whole number from ${min} to ${max}, not "${value}"`)
    }
    return number
  }

export const oneOf =
  <T extends string>(...choices: readonly T[]) =>
  (value: string): T => {
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw new Error(`must be one of ${choices.join(', ')}, not "${value}"`)
    return found
  }

export function host(value: string): string {
  if (isIP(value) > 0 || /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(value)) return value
  throw new Error(`must be a host name or address, not "${value}"`)
}

export function urls(value: string): readonly string[] {
  const found = value.split(/[\s,]+/).filter((part) => part !== '')
  for (const url of found) {
    if (!/^(?:https?|udp):\/\//.test(url) || !URL.canParse(url))
      throw new Error(`holds "${url}", which is not an http, https or udp URL`)
  }
  return Object.freeze(found)
}

export function httpUrl(value: string): string {
  if (/^https?:\/\//.test(value) && URL.canParse(value)) return value
  throw new Error(`must be an http or https URL, not "${value}"`)
}

export const port = whole(0, 65_535)
export const megabytes = whole(0, 1_000_000)
export const seconds = whole(1, 86_400)

/** Names out of `choices`, separated by commas; `none` for none of them. */
export const listOf =
  <T extends string>(...choices: readonly T[]) =>
  (value: string): readonly T[] => {
    if (value === 'none') return []
    const names = value.split(/[\s,]+/).filter((name) => name !== '')
    const known = names.flatMap((name) => choices.find((choice) => choice === name) ?? [])
    if (known.length < names.length) throw new Error(`must be none, or some of ${choices.join(', ')}, not "${value}"`)
    return Object.freeze(known)
  }

/** A number from 0, with decimals. */
export function ratio(value: string): number {
  const number = Number(value)
  if (!/^\d+(?:\.\d+)?$/.test(value) || number > 1000)
    throw new Error(`must be a number from 0 to 1000, not "${value}"`)
  return number
}

/** BCP 47, separated by commas. */
export function languages(value: string): readonly string[] {
  const tags = value.split(/[\s,]+/).filter((tag) => tag !== '')
  const wrong = tags.find((tag) => !/^[a-z]{2,3}(?:-[a-z0-9]{2,8})*$/i.test(tag))
  if (wrong !== undefined) throw new Error(`holds "${wrong}", which is not a language code such as en or pt-BR`)
  return Object.freeze(tags)
}

/** Of this machine; empty for none. */
export const path = (value: string): string => (value === '' ? '' : resolve(value))
