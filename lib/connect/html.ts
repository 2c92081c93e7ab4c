const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For text and for attribute values in quotes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char)

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.55 system-ui, sans-serif }
body { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
h1 { font-size: 1.5rem; margin: 0 0 .25rem } h2 { font-size: 1.1rem; margin: 1.5rem 0 .25rem }
nav { margin-bottom: 1.25rem } nav a { margin-right: 1rem }
details { border: 1px solid #8885; border-radius: .5rem; padding: .6rem 1rem; margin: .75rem 0 }
summary { font-weight: 600; cursor: pointer }
pre { background: #8882; border-radius: .4rem; padding: .6rem .8rem; white-space: pre-wrap; user-select: all }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere }
.note { border-left: .25rem solid #d80; padding: .1rem .8rem }
table { width: 100%; border-collapse: collapse } td { padding: .35rem .3rem; border-bottom: 1px solid #8884; overflow-wrap: anywhere }
td:last-child { text-align: right; white-space: nowrap } li { margin: .35rem 0 }
form { display: flex; gap: .5rem; margin: 1rem 0 } input { flex: 1; min-width: 0; font: inherit; padding: .35rem .6rem } button { font: inherit; padding: .35rem .9rem }
`

/** A whole page; `body` is markup, `title` and the paths of `links` are text. */
export function htmlPage(
  title: string,
  links: readonly (readonly [path: string, text: string])[],
  body: string,
): string {
  const nav = links.map(([path, text]) => `<a href="${escapeHtml(path)}">${escapeHtml(text)}</a>`).join('')
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} – Momoshtrem</title><style>${STYLE}</style></head>
<body><h1>${escapeHtml(title)}</h1><nav>${nav}</nav>
${body}
</body></html>
`
}

/** To be copied as a whole. */
export const commands = (text: string): string => `<pre><code>${escapeHtml(text)}</code></pre>`

export const steps = (items: readonly string[]): string =>
  `<ol>${items.map((item) => `<li>${item}</li>`).join('')}</ol>`
