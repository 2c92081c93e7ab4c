import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const lib = fileURLToPath(new URL('../lib/', import.meta.url))

interface Import {
  readonly from: string
  readonly to: string
}

function importsOf(path: string): Import[] {
  const text = readFileSync(join(lib, path), 'utf8')
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1] as string)
  return specifiers.map((specifier) => ({ from: path, to: relative(lib, resolve(lib, dirname(path), specifier)) }))
}

const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
const imports = files.flatMap(importsOf)
const folderOf = (path: string): string => (path.includes(sep) ? (path.split(sep)[0] as string) : '')

describe('the import star', () => {
  it('lets a folder import itself and domain/, nothing else of lib; app/ is the wiring of app.ts and main.ts', () => {
    const strays = imports.filter(({ from, to }) => {
      const folder = folderOf(from)
      return folder !== '' && folder !== 'app' && folderOf(to) !== folder && folderOf(to) !== 'domain'
    })
    expect(strays).to.deep.equal([])
    const users = imports.filter(({ from, to }) => folderOf(to) === 'app' && folderOf(from) !== 'app')
    expect([...new Set(users.map(({ from }) => from))]).to.have.members(['app.ts', 'main.ts'])
  })

  it('lets domain/ import nothing outside itself, packages and node modules included', () => {
    const outside = files
      .filter((path) => folderOf(path) === 'domain')
      .flatMap((path) =>
        [...readFileSync(join(lib, path), 'utf8').matchAll(/from '([^']+)'/g)].map((match) => match[1]),
      )
      .filter((specifier) => !specifier?.startsWith('./'))
    expect(outside).to.deep.equal([])
  })

  it('keeps file names in kebab-case and exports by name', () => {
    expect(files.filter((path) => !/^(?:[a-z0-9-]+\/)*[a-z0-9-]+\.ts$/.test(path.split(sep).join('/')))).to.deep.equal(
      [],
    )
  })

  it('uses no interval anywhere in lib', () => {
    expect(files.filter((path) => /\bsetInterval\(/.test(readFileSync(join(lib, path), 'utf8')))).to.deep.equal([])
  })
})
