import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

/** The packages that are loaded with a file of lib, before anything of it runs. */
function packagesWith(entry: string): ReadonlySet<string> {
  const seen = new Set<string>()
  const packages = new Set<string>()
  const pending = [new URL(`../../lib/${entry}`, import.meta.url)]
  for (let file = pending.pop(); file; file = pending.pop()) {
    if (seen.has(file.href)) continue
    seen.add(file.href)
    const text = readFileSync(fileURLToPath(file), 'utf8')
    for (const [, names = '', specifier = ''] of text.matchAll(/^import (?!type )([^']*? from )?'([^']+)'/gm)) {
      const isTypes = names.startsWith('{') && !/[{,]\s*(?!type )\w/.test(names)
      if (isTypes || specifier.startsWith('node:')) continue
      if (specifier.startsWith('.')) pending.push(new URL(specifier, file))
      else packages.add(specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'))
    }
  }
  return packages
}

describe('what is loaded', () => {
  it('with the service is nothing that only a command, a first write or a question needs', () => {
    const loaded = packagesWith('app.ts')
    expect(loaded).to.include.all.keys('fastify', 'better-sqlite3', 'zod')
    expect(loaded).not.to.have.any.keys(
      'yargs',
      'cli-progress',
      'pino-pretty',
      'webdav-server',
      '@fastify/swagger',
      'bittorrent-protocol',
    )
  })

  it('with a command is the command line alone', () => {
    expect([...packagesWith('app/run-command.ts')].sort()).to.deep.equal(['cli-progress', 'yargs'])
  })

  it('with the program is nothing before it is known which of them it is', () => {
    expect([...packagesWith('main.ts'), ...packagesWith('app/serve.ts')]).to.deep.equal([])
  })
})
