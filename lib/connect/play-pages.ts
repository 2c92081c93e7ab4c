import { extname } from 'node:path'
import type { PlayLinks } from '../domain/play-links.ts'
import type { DirectoryNode, FileNode, Tree, TreeNode } from '../domain/tree.ts'
import type { DriveAddress } from './drive-address.ts'
import { escapeHtml, htmlPage } from './html.ts'

const SECTIONS = ['Movies', 'TV Shows'] as const
const PAGE_TITLES = 100
const MAX_PLAYLIST_FILES = 2000

/** A page of titles whose names hold `query`, each with the link of its playlist. */
export function playPage(tree: Tree, query: string, page: number): string {
  const wanted = fold(query)
  const titles = SECTIONS.flatMap((section) => {
    const directory = tree.root.children.get(section)
    if (directory?.kind !== 'directory') return []
    return [...directory.children.values()]
      .filter((node) => fold(node.name).includes(wanted))
      .map((node) => ({ section, node }))
  })
  const first = page * PAGE_TITLES
  const rows = titles.slice(first, first + PAGE_TITLES).map(({ section, node }) => row([section, node.name], node))
  const link = (to: number, text: string): string =>
    `<a href="${escapeHtml(`/connect/play?${new URLSearchParams({ q: query, page: String(to) }).toString()}`)}">${text}</a> `
  const pages =
    (page > 0 ? link(page - 1, '← Before') : '') + (first + PAGE_TITLES < titles.length ? link(page + 1, 'More →') : '')
  return htmlPage(
    'Player links',
    [['/connect', 'Connect']],
    `<p>Each link is a playlist for VLC, mpv or any other player. It works without a login, for one day.</p>
<form action="/connect/play"><input type="search" name="q" value="${escapeHtml(query)}" aria-label="Title" placeholder="Title"><button>Search</button></form>
<p>${titles.length} ${titles.length === 1 ? 'title' : 'titles'}</p><table>${rows.join('\n')}</table><p>${pages}</p>`,
  )
}

function row(segments: readonly string[], node: TreeNode): string {
  const link = (path: readonly string[], text: string): string =>
    `<a href="/connect/play/${escapeHtml(path.map(encodeURIComponent).join('/'))}.m3u">${escapeHtml(text)}</a>`
  const seasons =
    node.kind === 'directory' ? [...node.children.values()].filter((child) => child.kind === 'directory') : []
  const links =
    seasons.length === 0 ? [link(segments, 'Play')] : seasons.map(({ name }) => link([...segments, name], name))
  return `<tr><td>${escapeHtml(node.name)}</td><td>${links.join('<br>')}</td></tr>`
}

/**
 * An extended M3U of the videos at `segments` and below, in the order of the listing. Undefined when there are none.
 */
export function playlist(
  tree: Tree,
  segments: readonly string[],
  links: PlayLinks,
  address: DriveAddress,
  expiresAtMs: number,
): string | undefined {
  const node = tree.find(segments.join('/'))
  if (!node) return undefined
  const base = address.url.replace(/\/$/, '')
  const lines: string[] = []
  for (const { path, file } of videos(segments, node)) {
    const title = file.name.slice(0, file.name.length - extname(file.name).length)
    lines.push(`#EXTINF:-1,${title}`, base + links.sign(path, expiresAtMs))
    if (lines.length >= 2 * MAX_PLAYLIST_FILES) break
  }
  return lines.length === 0 ? undefined : `#EXTM3U\n${lines.join('\n')}\n`
}

interface Video {
  readonly path: readonly string[]
  readonly file: FileNode
}

function* videos(path: readonly string[], node: TreeNode): Generator<Video> {
  if (node.kind === 'file') {
    if (node.mediaType.startsWith('video/')) yield { path, file: node }
    return
  }
  for (const child of (node as DirectoryNode).children.values()) yield* videos([...path, child.name], child)
}

const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
