import { encodePath, type Resource } from './resource.ts'
import { escapeAttribute, escapeXml } from './xml.ts'

type SortKey = 'name' | 'size' | 'date'
const SORT_KEYS: readonly SortKey[] = ['name', 'size', 'date']
const HEADINGS: Readonly<Record<SortKey, string>> = { name: 'Name', size: 'Size', date: 'Changed' }
const PLAYABLE = /^(?:video|audio)\//

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.25rem; overflow-wrap: anywhere }
table { width: 100%; border-collapse: collapse }
tr { border-bottom: 1px solid #8884 } th { text-align: left } th, td { padding: .3rem .5rem }
td { overflow-wrap: anywhere } .n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
a { text-decoration: none } a:hover { text-decoration: underline }
@media (max-width: 40rem) {
  body { margin: 1rem auto } th:last-child { display: none }
  tr { display: grid; grid-template-columns: auto 1fr 3rem; align-items: center; padding: .3rem 0 }
  thead tr { grid-template-columns: 1fr auto auto } th, td { padding: .1rem .4rem }
  td:first-child { grid-column: 1 / 3 } td.n { grid-row: 2; font-size: .85rem; opacity: .75 } td.n + td.n { text-align: left }
  td.n:empty { padding: 0 } td:last-child { grid-area: 1 / 3 / 3 / 4 } td:last-child a { display: block; padding: .6rem; text-align: center }
}
`

/**
 * A directory for a browser, in pieces: sorted by the server (`?sort=name|size|date&order=desc`), hence without a script.
 * Directories come first in every order.
 */
export function* listingPage(
  path: readonly string[],
  entries: readonly Resource[],
  query: URLSearchParams | undefined,
): Generator<string, void> {
  const sort = SORT_KEYS.find((key) => key === query?.get('sort')) ?? 'name'
  const isDescending = query?.get('order') === 'desc'
  const sorted = [...entries].sort((a, b) => compare(a, b, sort, isDescending))
  const heading = (key: SortKey): string => {
    const isCurrent = key === sort
    const order = isCurrent && !isDescending ? '&amp;order=desc' : ''
    const arrow = isCurrent ? (isDescending ? ' ↓' : ' ↑') : ''
    return `<th${key === 'name' ? '' : ' class="n"'}><a href="?sort=${key}${order}">${HEADINGS[key]}${arrow}</a></th>`
  }
  const title = escapeXml(path.length === 0 ? 'Momoshtrem' : path.join(' / '))
  const crumbs = ['Momoshtrem', ...path].map((name, depth) => {
    const href = depth === 0 ? '/' : `${encodePath(path.slice(0, depth))}/`
    return depth === path.length ? escapeXml(name) : `<a href="${escapeAttribute(href)}">${escapeXml(name)}</a>`
  })
  const up =
    path.length === 0
      ? ''
      : `<tr><td><a href="${escapeAttribute(encodePath(path.slice(0, -1)))}/">../</a></td><td></td><td></td><td></td></tr>`
  yield `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${STYLE}</style></head>
<body><h1>${crumbs.join(' / ')}</h1>
<table><thead><tr>${SORT_KEYS.map(heading).join('')}<th></th></tr></thead><tbody>
${up}`
  for (const entry of sorted) yield row(entry)
  yield `</tbody></table>${entries.length === 0 ? '<p>Nothing is here yet.</p>' : ''}</body></html>
`
}

function compare(a: Resource, b: Resource, sort: SortKey, isDescending: boolean): number {
  if (a.kind !== b.kind) return a.kind === 'directory' ? -1 : 1
  const order =
    sort === 'size' && a.kind === 'file' && b.kind === 'file'
      ? a.sizeBytes - b.sizeBytes
      : sort === 'date'
        ? a.modifiedAtMs - b.modifiedAtMs
        : COLLATOR.compare(a.name, b.name)
  return isDescending ? -order : order
}

const COLLATOR = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

function row(entry: Resource): string {
  const href = escapeAttribute(entry.href)
  const name = escapeXml(entry.name)
  const date = new Date(entry.modifiedAtMs).toISOString().slice(0, 16).replace('T', ' ')
  if (entry.kind === 'directory') {
    return `<tr><td><a href="${href}">${name}/</a></td><td class="n"></td><td class="n">${date}</td><td></td></tr>\n`
  }
  const play = PLAYABLE.test(entry.mediaType)
    ? `<a href="${href}" type="${escapeAttribute(entry.mediaType)}" title="Play">▶</a>`
    : ''
  return `<tr><td><a href="${href}" download>${name}</a></td><td class="n">${humanSize(entry.sizeBytes)}</td><td class="n">${date}</td><td>${play}</td></tr>\n`
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

function humanSize(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${value >= 100 || power === 0 ? value.toFixed(0) : value.toFixed(1)} ${UNITS[power] ?? 'B'}`
}
