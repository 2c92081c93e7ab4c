import { join } from 'node:path'
import { ConnectPages } from '../connect/connect-pages.ts'
import { linkSecret } from '../connect/link-secret.ts'
import { SignedLinks } from '../connect/signed-links.ts'
import { mayUseBasic, needsLogin } from '../domain/drive-access.ts'
import type { TreeSource } from '../domain/tree.ts'
import { type Base, naming } from './parts.ts'

export interface Connect {
  readonly links: SignedLinks
  readonly pages: ConnectPages
}

/** @param drivePort known once the drive listens */
export async function createConnect(base: Base, trees: TreeSource, drivePort: () => number): Promise<Connect> {
  const { config, clock } = base
  const secret = await naming('DATA_DIR', linkSecret(join(config.dataDir, 'link-secret')))
  const links = new SignedLinks(secret, clock)
  const pages = new ConnectPages({
    trees,
    links,
    listener: () => ({
      host: config.webdavHost,
      port: drivePort(),
      isTls: config.tlsCert !== '',
      publicUrl: config.publicUrl,
    }),
    login: { username: config.webdavUsername, needsLogin: needsLogin(config) },
    isBasicOverHttp: mayUseBasic(config),
    token: config.apiToken,
    clock,
  })
  return { links, pages }
}
