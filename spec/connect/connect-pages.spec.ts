import { expect } from 'chai'
import { ConnectPages, type ConnectPagesOptions } from '../../lib/connect/connect-pages.ts'
import { SignedLinks } from '../../lib/connect/signed-links.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { treeOf } from '../support/tree-fixture.ts'

const AGENTS = {
  macos: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15',
  windows: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36',
  linux: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  phone: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148',
}

const clock = new ManualClock()
const links = new SignedLinks(new Uint8Array(32).fill(1), clock)
const current = treeOf({
  Movies: {
    'Amélie (2001)': { 'Amélie (2001).mkv': 700, 'Amélie (2001).en.srt': 10 },
    '<b>Bold</b> & "Co" (2002)': { 'Bold.mp4': 5 },
  },
  'TV Shows': {
    'Show (2010)': {
      'Season 01': { 'Show - S01E01.mkv': 1, 'Show - S01E02.mkv': 2 },
      'Season 02': { 'Show - S02E01.mkv': 3 },
    },
  },
})

function pages(overrides: Partial<ConnectPagesOptions> = {}): ConnectPages {
  return new ConnectPages({
    trees: { current },
    links,
    listener: () => ({ host: '127.0.0.1', port: 36911, isTls: false, publicUrl: '' }),
    login: { username: '', needsLogin: false },
    isBasicOverHttp: false,
    token: '',
    clock,
    ...overrides,
  })
}

function get(
  url: string,
  overrides: Partial<ConnectPagesOptions> = {},
  headers: { host?: string; userAgent?: string; authorization?: string } = {},
) {
  const { host = 'localhost:4444', userAgent, authorization } = headers
  const answer = pages(overrides).handle({ url, host, userAgent, authorization })
  const text = typeof answer.body === 'string' ? answer.body : Buffer.from(answer.body).toString('utf16le')
  return { ...answer, text }
}

const everywhere: Partial<ConnectPagesOptions> = {
  listener: () => ({ host: '0.0.0.0', port: 8080, isTls: false, publicUrl: '' }),
}

describe('/connect', () => {
  const firsts: [string, string, RegExp][] = [
    ['a Mac', AGENTS.macos, /Finder/],
    ['Windows', AGENTS.windows, /Explorer/],
    ['Linux', AGENTS.linux, /davfs2/],
    ['a phone', AGENTS.phone, /Infuse/],
  ]
  for (const [system, userAgent, title] of firsts) {
    it(`opens with what fits ${system}, and tells of the others`, () => {
      const { text } = get('/connect', {}, { userAgent })
      expect(/<details open><summary>([^<]*)/.exec(text)?.[1]).to.match(title)
      expect(text.match(/<details/g)).to.have.length(6)
    })
  }

  it('runs no script and loads nothing from elsewhere', () => {
    const { headers, text } = get('/connect')
    expect(headers['Content-Security-Policy']).to.match(/^default-src 'none'/)
    expect(text).not.to.match(/<script|<link|<img|javascript:/)
  })

  it('names the drive by the host that was asked, the setting, or its scheme', () => {
    expect(get('/connect', everywhere, { host: 'nas.local:4444' }).text).to.include('http://nas.local:8080/')
    expect(get('/connect', everywhere, { host: '[fd00::5]:4444' }).text).to.include('http://[fd00::5]:8080/')
    const tls = { listener: () => ({ host: '0.0.0.0', port: 443, isTls: true, publicUrl: '' }) }
    expect(get('/connect', tls, { host: 'nas.local' }).text).to.include('https://nas.local:443/')
    const published = {
      listener: () => ({ host: '127.0.0.1', port: 1, isTls: false, publicUrl: 'https://tv.example/drive' }),
    }
    expect(get('/connect', published, { host: 'nas.local' }).text).to.include('https://tv.example/drive/')
  })

  it('gives rclone the name, and asks for the password, where there is a login', () => {
    const login = { login: { username: 'me', needsLogin: true } }
    expect(get('/connect', login).text).to.include('vendor=other user=me pass=YOUR-PASSWORD --obscure</code>')
    expect(get('/connect').text).to.include('vendor=other</code>')
  })

  it('says so when the drive cannot be reached from where the page was asked for', () => {
    expect(get('/connect', {}, { host: '192.168.1.9:4444' }).text).to.include('WEBDAV_HOST=0.0.0.0')
    expect(get('/connect').text).not.to.include('WEBDAV_HOST')
    expect(get('/connect', everywhere, { host: '192.168.1.9:4444' }).text).not.to.include('WEBDAV_HOST')
  })

  it('takes no markup from the request', () => {
    expect(get('/connect', {}, { host: '"><script>alert(1)</script>' }).text).not.to.include('<script')
    expect(get('/connect/play?q=%22%3E%3Cscript%3E').text).not.to.include('<script')
  })

  it('needs the token when there is one, by bearer or as a password', () => {
    const token = { token: 'secret' }
    const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`
    expect(get('/connect', token).status).to.equal(401)
    expect(get('/connect', token).headers['WWW-Authenticate']).to.match(/^Basic /)
    expect(get('/connect/rclone.conf', token, { authorization: basic('me:wrong') }).status).to.equal(401)
    expect(get('/connect', token, { authorization: 'Basic !' }).status).to.equal(401)
    expect(get('/connect', token, { authorization: basic('me:secret') }).status).to.equal(200)
    expect(get('/connect', token, { authorization: 'Bearer secret' }).status).to.equal(200)
  })

  it('answers 404 for what it has not', () => {
    for (const url of [
      '/connect/no',
      '/connect/play/Movies/None.m3u',
      '/connect/play/%ff.m3u',
      '/connect/play/Movies',
    ]) {
      expect(get(url).status, url).to.equal(404)
    }
  })
})

describe('files to download', () => {
  const login = { login: { username: 'me', needsLogin: true } }

  it('rclone.conf has the address and the name, not the password', () => {
    const { text, headers } = get('/connect/rclone.conf', { ...everywhere, ...login }, { host: 'nas' })
    expect(text).to.match(/^\[momoshtrem\]\ntype = webdav\nurl = http:\/\/nas:8080\/\nvendor = other\nuser = me\n/m)
    expect(headers['Content-Disposition']).to.match(/^attachment; filename="rclone.conf"/)
    expect(get('/connect/rclone.conf').text).not.to.match(/^user/m)
  })

  it('says what rclone needs where the drive takes no Basic login', () => {
    expect(get('/connect', login).text).to.include('WEBDAV_BASIC_OVER_HTTP=true')
    expect(get('/connect', { ...login, isBasicOverHttp: true }).text).not.to.include('WEBDAV_BASIC_OVER_HTTP')
    expect(get('/connect').text).not.to.include('WEBDAV_BASIC_OVER_HTTP')
  })

  it('sources.xml has both folders by dav:// or davs://', () => {
    expect(get('/connect/sources.xml').text).to.include(
      '<path pathversion="1">dav://localhost:36911/TV%20Shows/</path>',
    )
    const tls = { ...login, listener: () => ({ host: '0.0.0.0', port: 443, isTls: true, publicUrl: '' }) }
    expect(get('/connect/sources.xml', tls, { host: 'nas' }).text).to.include('davs://me@nas/Movies/')
  })

  it('momoshtrem.reg is UTF-16 with its mark, and allows Basic only where the drive takes nothing safer', () => {
    const { body, text } = get('/connect/momoshtrem.reg', login)
    expect([...(body as Uint8Array).subarray(0, 2)]).to.deep.equal([0xff, 0xfe])
    expect(text).to.include('"FileSizeLimitInBytes"=dword:ffffffff\r\n').and.not.include('BasicAuthLevel')
    expect(get('/connect/momoshtrem.reg', { ...login, isBasicOverHttp: true }).text).to.include(
      '"BasicAuthLevel"=dword:00000002',
    )
  })

  it('momoshtrem.url names the drive as Windows does', () => {
    const text = (host: string, isTls: boolean) =>
      Buffer.from(
        pages({ listener: () => ({ host: '0.0.0.0', port: 8080, isTls, publicUrl: '' }) }).handle({
          url: '/connect/momoshtrem.url',
          host,
          userAgent: undefined,
          authorization: undefined,
        }).body,
      ).toString()
    expect(text('nas', false)).to.equal('[InternetShortcut]\r\nURL=file://nas@8080/DavWWWRoot\r\n')
    expect(text('[fd00::5]', true)).to.include('file://fd00--5.ipv6-literal.net@SSL@8080/DavWWWRoot')
  })
})

describe('player links', () => {
  const segmentsOf = (url: string): string[] => new URL(url).pathname.split('/').filter(Boolean).map(decodeURIComponent)
  const urlsOf = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('http'))

  it('lists films and shows, found without accents and case', () => {
    const all = get('/connect/play').text
    expect(all)
      .to.include('3 titles')
      .and.include('Season 02')
      .and.include('&lt;b&gt;Bold&lt;/b&gt; &amp; &quot;Co&quot;')
    expect(get('/connect/play?q=AMELIE').text)
      .to.include('1 title<')
      .and.include('/connect/play/Movies/Am%C3%A9lie%20(2001).m3u')
  })

  it('a film is a playlist of its videos alone, each by a link that verifies', () => {
    const { text, headers } = get('/connect/play/Movies/Am%C3%A9lie%20(2001).m3u')
    expect(text).to.match(/^#EXTM3U\n#EXTINF:-1,Amélie \(2001\)\nhttp:\/\/localhost:36911\/\.play\//)
    expect(urlsOf(text).map((url) => links.verify(segmentsOf(url)))).to.deep.equal([
      ['Movies', 'Amélie (2001)', 'Amélie (2001).mkv'],
    ])
    expect(headers['Content-Disposition']).to.include("filename*=UTF-8''Am%C3%A9lie%20%282001%29.m3u")
  })

  it('a season is its episodes in order', () => {
    const { text } = get('/connect/play/TV%20Shows/Show%20(2010)/Season%2001.m3u')
    expect(urlsOf(text).map((url) => links.verify(segmentsOf(url))?.at(-1))).to.deep.equal([
      'Show - S01E01.mkv',
      'Show - S01E02.mkv',
    ])
  })

  it('pages through many titles', () => {
    const many = treeOf({
      Movies: Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`Film ${1000 + index}`, { 'a.mkv': 1 }])),
    })
    const text = (url: string) => get(url, { trees: { current: many } }).text
    expect(text('/connect/play').match(/<tr>/g)).to.have.length(100)
    expect(text('/connect/play?page=2').match(/<tr>/g)).to.have.length(50)
    expect(text('/connect/play?page=2')).to.include('← Before').and.not.include('More →')
    expect(text('/connect/play?page=-1')).to.include('Film 1000')
  })
})
