import { expect } from 'chai'
import fc from 'fast-check'
import { type GuardedMessages, type Handshake, WireGuard } from '../../lib/torrent/wire/wire-guard.ts'

const HANDSHAKE = Buffer.concat([
  Buffer.from('\x13BitTorrent protocol', 'latin1'),
  Buffer.from([0, 0, 0, 0, 0, 0x10, 0, 0]),
  Buffer.alloc(20, 1),
  Buffer.alloc(20, 2),
])

function frame(id: number, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(body.length + 1)
  head[4] = id
  return Buffer.concat([head, body])
}

class Recorder implements GuardedMessages {
  handshake: Handshake | undefined
  readonly messages: { id: number; body: Buffer }[] = []

  onHandshake(handshake: Handshake): void {
    this.handshake = handshake
  }

  onMessage(id: number, body: Buffer): void {
    this.messages.push({ id, body: Buffer.from(body) })
  }
}

const valid = fc.oneof(
  fc.constantFrom(0, 1, 2, 3).map((id) => ({ id, body: Buffer.alloc(0) })),
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => ({ id: 4, body: Buffer.from(bytes) })),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => ({ id: 6, body: Buffer.from(bytes) })),
  fc.integer({ min: 9, max: 16392 }).map((length) => ({ id: 7, body: Buffer.alloc(length, length & 255) })),
  fc.integer({ min: 1, max: 60_000 }).map((length) => ({ id: 20, body: Buffer.alloc(length, length & 255) })),
)

describe('WireGuard', () => {
  it('hands on the same messages however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(valid, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 20_000 })), (sent, cuts) => {
        const stream = Buffer.concat([HANDSHAKE, ...sent.flatMap(({ id, body }) => [frame(id, body), Buffer.alloc(4)])])
        const recorder = new Recorder()
        const guard = new WireGuard(recorder)
        let at = 0
        for (const cut of cuts) {
          guard.push(stream.subarray(at, at + cut))
          at += cut
        }
        guard.push(stream.subarray(at))
        expect(recorder.handshake?.supportsExtensions).to.equal(true)
        expect(recorder.messages.length).to.equal(sent.length)
        for (const [index, { id, body }] of sent.entries()) {
          expect(recorder.messages[index]?.id).to.equal(id)
          expect(recorder.messages[index]?.body.equals(body)).to.equal(true)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('reads byte by byte', () => {
    const recorder = new Recorder()
    const guard = new WireGuard(recorder)
    for (const byte of Buffer.concat([HANDSHAKE, frame(4, Buffer.alloc(4, 7))])) guard.push(Buffer.from([byte]))
    expect(recorder.messages).to.have.length(1)
  })

  it('throws for any other bytes as soon as a length is known, never holding more than it allows', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 5, maxLength: 200 }), (bytes) => {
        const recorder = new Recorder()
        const guard = new WireGuard(recorder)
        guard.setPieceCount(16)
        guard.push(HANDSHAKE)
        try {
          guard.push(Buffer.from(bytes))
        } catch (error) {
          expect(error).to.have.property('code', 'invalid')
        }
        for (const { id, body } of recorder.messages) {
          if (id < 4) expect(body.length).to.equal(0)
          if (id === 4) expect(body.length).to.equal(4)
          if (id === 5) expect(body.length).to.equal(2)
          if (id === 6 || id === 8) expect(body.length).to.equal(12)
          if (id === 7) expect(body.length).to.be.within(9, 16392)
        }
      }),
    )
  })

  for (const [name, bytes] of Object.entries({
    'a handshake of another protocol': Buffer.concat([
      Buffer.from('\x13BitTorrent protocal', 'latin1'),
      Buffer.alloc(48),
    ]),
    'a wrong first byte': Buffer.from([20]),
    'a have of no bytes': Buffer.concat([HANDSHAKE, Buffer.from([0, 0, 0, 1, 4])]),
    'a block of more than 16 KiB': Buffer.concat([HANDSHAKE, Buffer.from([0, 0, 0x40, 10, 7])]),
    'an extended message of a megabyte': Buffer.concat([HANDSHAKE, Buffer.from([0, 16, 0, 0, 20])]),
    'a bitfield of a megabyte': Buffer.concat([HANDSHAKE, Buffer.from([0, 16, 0, 0, 5])]),
  })) {
    it(`throws for ${name}`, () => {
      expect(() => new WireGuard(new Recorder()).push(bytes)).to.throw()
    })
  }

  it('wants the bitfield of the very size once the pieces are known', () => {
    const guard = new WireGuard(new Recorder())
    guard.setPieceCount(17)
    guard.push(HANDSHAKE)
    guard.push(frame(5, Buffer.alloc(3)))
    expect(() => guard.push(frame(5, Buffer.alloc(2)))).to.throw('message 5')
  })
})
