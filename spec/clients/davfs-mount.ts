import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newDirectory, removeDirectory, run } from './service.ts'

/** A mount by root; its daemon changes to the user of the package, which must be able to use the cache. */
export class DavfsMount {
  readonly path: string
  readonly #directories: readonly string[]

  private constructor(path: string, directories: readonly string[]) {
    this.path = path
    this.#directories = directories
  }

  static async make(url: string, login?: string): Promise<DavfsMount> {
    const [path, cache, configs] = [newDirectory('davfs'), newDirectory('davfs-cache'), newDirectory('davfs-config')]
    const group = Number((await run('id', ['-g', 'davfs2'])).stdout.toString())
    chownSync(cache, 0, group)
    chmodSync(cache, 0o1775)
    mkdirSync('/var/run/mount.davfs', { recursive: true })
    const [config, secrets] = [join(configs, 'davfs2.conf'), join(configs, 'secrets')]
    // Newer kernels refuse the default buffer.
    writeFileSync(config, `ask_auth 0\ncache_dir ${cache}\nsecrets ${secrets}\nbuf_size 256\n`)
    writeFileSync(secrets, login === undefined ? '' : `${url} ${login}\n`, { mode: 0o600 })
    const mounted = await run('mount.davfs', ['-o', `conf=${config}`, url, path])
    const mount = new DavfsMount(path, [path, cache, configs])
    if (mounted.code === 0) return mount
    mount.#removeDirectories()
    throw new Error(`mount.davfs: ${mounted.stderr}`)
  }

  /** Waits until what was written is uploaded. */
  async close(): Promise<void> {
    const unmounted = await run('umount', [this.path])
    if (unmounted.code !== 0) throw new Error(`umount: ${unmounted.stderr}`)
    this.#removeDirectories()
  }

  #removeDirectories(): void {
    for (const directory of this.#directories) removeDirectory(directory)
  }
}
