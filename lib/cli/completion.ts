import type { Parser } from './command.ts'

type Define = (parser: Parser) => unknown

interface Level {
  /** What each of its commands adds when it is chosen. */
  readonly commands: Map<string, Define>
  /** The choices of each option, none for free text. */
  readonly options: Map<string, readonly string[]>
}

/** Of every command. */
const COMMON = ['--help']

/**
 * What may stand for the last of the words of a command line, the program's name first; `define` makes all commands. The
 * parser's own completion never ends below the first level.
 */
export function completions(words: readonly string[], define: Define): string[] {
  const current = words.at(-1) ?? ''
  const before = words.slice(1, -1)
  const root = levelOf(define)
  let level = root
  for (const word of before) {
    const chosen = level.commands.get(word)
    if (chosen) level = levelOf(chosen)
  }
  const options = new Map([...root.options, ...level.options])
  const choices = options.get(before.at(-1) ?? '') ?? []
  const names = current.startsWith('-') ? [...options.keys(), ...COMMON] : [...level.commands.keys()]
  return (choices.length > 0 ? choices : names).filter((name) => name.startsWith(current))
}

/** What `define` says to a parser that does nothing but listen. */
function levelOf(define: Define): Level {
  const level: Level = { commands: new Map(), options: new Map() }
  const heard = (method: PropertyKey, [name, detail, more]: readonly unknown[]): void => {
    if (typeof name !== 'string') return
    if (method === 'command')
      level.commands.set(name.split(' ')[0] ?? '', typeof more === 'function' ? (more as Define) : () => {})
    if (method === 'completion') level.commands.set(name, () => {})
    if (method === 'option')
      level.options.set(`--${name}`, (detail as { readonly choices?: readonly string[] }).choices ?? [])
  }
  const listener: object = new Proxy(
    {},
    {
      get:
        (_target, method) =>
        (...args: unknown[]): object => {
          heard(method, args)
          return listener
        },
    },
  )
  define(listener as Parser)
  return level
}
