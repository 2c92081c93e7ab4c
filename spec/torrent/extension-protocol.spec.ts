import { expect } from 'chai'
import fc from 'fast-check'
import { encodeBencoded } from '../../lib/torrent/metadata/bencode.ts'
import { formatPeerAddress } from '../../lib/torrent/swarm/peer-address.ts'
import {
  decodeExtendedHandshake,
  decodeMetadataMessage,
  decodePex,
  encodeExtendedHandshake,
  encodeMetadataMessage,
  encodePex,
} from '../../lib/torrent/wire/extension-protocol.ts'

describe('extension protocol', () => {
  it('says and reads what both sides speak', () => {
    const said = decodeExtendedHandshake(encodeExtendedHandshake({ port: 6881, isPrivate: false, metadataBytes: 99 }))
    expect(said).to.deep.equal({
      metadataId: 1,
      pexId: 2,
      metadataBytes: 99,
      requestQueue: 512,
      listenPort: 6881,
    })
    const secret = decodeExtendedHandshake(
      encodeExtendedHandshake({ port: 0, isPrivate: true, metadataBytes: undefined }),
    )
    expect(secret).to.include({ pexId: undefined, metadataBytes: undefined, listenPort: undefined })
  })

  it('bounds what a peer claims', () => {
    const claim = (value: object) => decodeExtendedHandshake(encodeBencoded(value))
    expect(claim({ reqq: 1e12 }).requestQueue).to.equal(2000)
    expect(claim({ reqq: -5 }).requestQueue).to.equal(250)
    expect(claim({ m: { ut_metadata: 300, ut_pex: 0 } })).to.include({ metadataId: undefined, pexId: undefined })
    expect(claim({ p: 99999 }).listenPort).to.equal(undefined)
  })

  it('keeps metadata data apart from its header, whatever the data is', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.uint8Array({ maxLength: 300 }), (piece, data) => {
        const message = decodeMetadataMessage(encodeMetadataMessage({ kind: 'data', piece, data }, 5000))
        expect(message).to.have.property('kind', 'data')
        expect(message).to.have.property('piece', piece)
        expect(message && 'data' in message && Buffer.from(message.data).equals(data)).to.equal(true)
      }),
    )
  })

  it('tells peers of both families, at most a hundred', () => {
    const told = decodePex(encodePex(['10.0.0.1:6881', '[::1]:5', '192.168.1.255:65535'], ['10.0.0.9:1']))
    expect(told).to.deep.equal(['10.0.0.1:6881', '192.168.1.255:65535', '[::1]:5'])
    const six = Buffer.concat([Buffer.alloc(15), Buffer.from([1, 0x1a, 0xe1])])
    expect(decodePex(encodeBencoded({ added6: six }))).to.deep.equal(['[::1]:6881'])
    expect(decodePex(encodeBencoded({ added: Buffer.alloc(6 * 500, 1) }))).to.have.length(100)
  })

  it('tells any IPv6 peer so that it is read as the same', () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.integer({ min: 1, max: 65535 }), (host, port) => {
        const address = formatPeerAddress(host, port)
        fc.pre(address.startsWith('['))
        expect(decodePex(encodePex([`[${host}]:${port}`], []))).to.deep.equal([address])
      }),
    )
  })

  it('throws nothing but `invalid`', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        for (const decode of [decodeExtendedHandshake, decodeMetadataMessage, decodePex]) {
          try {
            decode(bytes)
          } catch (error) {
            expect(error).to.have.property('code', 'invalid')
          }
        }
      }),
    )
  })
})
