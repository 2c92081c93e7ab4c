import { expect } from 'chai'
import { clarkName, elementsOf, emptyElement, parseXml, serializeXml } from '../../lib/webdav/xml.ts'

/** Inside an element that binds `D` and `u`. */
const parse = (content: string) => parseXml(Buffer.from(`<D:a xmlns:D="DAV:" xmlns:u="urn:u">${content}</D:a>`))

/** As it is written back, which is what other clients read. */
function rewritten(content: string): string | undefined {
  const [first] = elementsOf(parse(content) ?? { namespace: '', name: '', attributes: new Map(), children: [] })
  return first && serializeXml(first)
}

describe('XML of request bodies', () => {
  const kept: readonly (readonly [string, string])[] = [
    ['<u:a b="&lt;&amp;">&#x20;x&#65;</u:a>', '<a xmlns="urn:u" b="&lt;&amp;">&#x20;x&#65;</a>'],
    ['<u:é漢.b-c_d>😀</u:é漢.b-c_d>', '<é漢.b-c_d xmlns="urn:u">😀</é漢.b-c_d>'],
    ['<u:a><![CDATA[<&>]]></u:a>', '<a xmlns="urn:u">&lt;&amp;&gt;</a>'],
    ['<u:a>x<!-- &nothing; -->y</u:a>', '<a xmlns="urn:u">xy</a>'],
    ["<a xmlns='x\"}y'/>", '<a xmlns="x&quot;}y"/>'],
    ['<u:a xml:lang="de" u:b="1" b="2"/>', '<a xmlns="urn:u" xml:lang="de" xmlns:a1="urn:u" a1:b="1" b="2"/>'],
    ['<a xmlns="urn:u"><b xmlns=""><c/></b></a>', '<a xmlns="urn:u"><b xmlns=""><c xmlns=""/></b></a>'],
  ]
  for (const [written, expected] of kept) {
    it(`keeps ${written}`, () => {
      expect(rewritten(written)).to.equal(expected)
      expect(rewritten(expected)).to.equal(expected)
    })
  }

  const refused: Readonly<Record<string, readonly string[]>> = {
    'control characters': [
      '<u:a>\x01</u:a>',
      '<u:a>\0</u:a>',
      '<u:a b="\x1f"/>',
      '<a xmlns="u\x02"/>',
      '<u:a>\ufffe</u:a>',
    ],
    'references to no character': [
      '&#0;',
      '&#1;',
      '&#xd800;',
      '&#xFFFE;',
      '&#1114112;',
      '&#9999999;',
      '&b;',
      '&',
      '& amp;',
    ],
    'references to no character in attributes': ['<u:a b="&#1;"/>', '<a xmlns="&#1;"/>', '<u:a b="&c;"/>'],
    'the end of a section that did not begin': ['<u:a>]]></u:a>'],
    'names that are none': ['<u:1/>', '<u:-a/>', '<u:a:b/>', '<u:/>', '<u:×/>', '<u:a u:1="x"/>', '<u:a xmlns:1="x"/>'],
    'undeclared prefixes': ['<v:a/>', '<u:a v:b="1"/>', '<xmlns:a/>'],
    'reserved namespaces': [
      '<xml:a/>',
      '<a xmlns="http://www.w3.org/XML/1998/namespace"/>',
      '<a xmlns="http://www.w3.org/2000/xmlns/"/>',
      '<a xmlns:xmlns="urn:x"/>',
      '<a xmlns:xml="urn:x"/>',
      '<a xmlns:x="http://www.w3.org/XML/1998/namespace"/>',
    ],
    'an attribute twice': ['<u:a b="1" b="2"/>', '<u:a xmlns:v="urn:u" u:b="1" v:b="2"/>'],
  }
  for (const [what, contents] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      for (const content of contents) expect(parse(content), content).to.equal(undefined)
    })
  }

  it('writes an element by its Clark name, whatever its namespace holds', () => {
    const [element] = elementsOf(parse('<b xmlns="x}y"/>') ?? expect.fail())
    expect(emptyElement(clarkName(element ?? expect.fail()))).to.equal('<b xmlns="x}y"/>')
  })

  it('takes no time that others would notice for 64 KiB of what parsers are slow with', () => {
    const declarations = Array.from({ length: 2700 }, (_, index) => `xmlns:p${index}="u"`).join(' ')
    const bodies = [
      `<a>${'<b/>'.repeat(16_000)}</a>`,
      `<a>${'x<b xmlns:c="u"/>'.repeat(3800)}</a>`,
      `<a ${declarations}>${'<b/>'.repeat(8000)}</a>`,
      `<a ${declarations}>${'<b xmlns:c="u"/>'.repeat(900)}</a>`,
      `<a>${'<![CDATA['.repeat(7200)}</a>`,
      `<a>${'<b>'.repeat(8000)}${'</b>'.repeat(8000)}</a>`,
    ]
    for (const body of bodies) {
      const startedMs = performance.now()
      parseXml(Buffer.from(body))
      expect(performance.now() - startedMs, body.slice(0, 30)).to.be.below(500)
    }
  })
})
