import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { AppError } from '../../lib/domain/errors.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { hashPassword } from '../../lib/webdav/password-users.ts'
import { UsersFile } from '../../lib/webdav/users-file.ts'
import { exchange } from '../support/http-exchange.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startWebdav } from '../support/webdav-fixture.ts'

describe('UsersFile', () => {
  let directory = ''
  let path = ''
  let clock: ManualClock
  let hashed = ''

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'users-'))
    path = join(directory, 'users')
    hashed = await hashPassword('secret')
  })
  beforeEach(async () => {
    clock = new ManualClock()
    await writeFile(path, `ann:${hashed}\n`)
  })
  after(() => rm(directory, { recursive: true }))

  const open = () => new UsersFile({ path, clock, logger: silentLogger })
  const names = (file: UsersFile) => file.current.map(({ name }) => name)

  it('is read anew when it changed, looked at once a second', async () => {
    const file = open()
    const first = file.current
    await writeFile(path, `bob:${hashed}:ro\ncarl:${hashed}\n`)
    expect(file.current).to.equal(first)
    clock.advance(1000)
    expect(names(file)).to.deep.equal(['bob', 'carl'])
    clock.advance(1000)
    expect(file.current, 'the same list while nothing changes').to.equal(file.current)
  })

  it('keeps the logins that it has while the file is wrong or away', async () => {
    const file = open()
    await writeFile(path, 'bob:secret\n')
    clock.advance(1000)
    expect(names(file)).to.deep.equal(['ann'])
    await unlink(path)
    clock.advance(1000)
    expect(names(file)).to.deep.equal(['ann'])
    await writeFile(path, `bob:${hashed}\n`)
    clock.advance(1000)
    expect(names(file)).to.deep.equal(['bob'])
  })

  it('stops the start when it cannot be used, naming the setting and the line', async () => {
    await writeFile(path, `ann:${hashed}\nbob:secret\n`)
    expect(open).to.throw(AppError, /^WEBDAV_USERS_FILE .*users: line 2 is not/)
    await unlink(path)
    expect(open).to.throw(AppError, /^WEBDAV_USERS_FILE .*ENOENT/)
  })

  it('lets in whom it names, and no more once it does not', async () => {
    const { server, port } = await startWebdav({ clock, users: open() })
    const login = (name: string) => ({ Authorization: `Basic ${Buffer.from(`${name}:secret`).toString('base64')}` })
    const options = (name: string) => exchange(port, 'OPTIONS', '/Movies', login(name))
    try {
      expect((await options('ann')).status).to.equal(200)
      await writeFile(path, `bob:${hashed}:ro\n`)
      clock.advance(1000)
      expect((await options('ann')).status).to.equal(401)
      expect((await options('bob')).status).to.equal(200)
    } finally {
      await server.close()
    }
  })
})
