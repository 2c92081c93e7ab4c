import { expect } from 'chai'
import type { ConnectionEvents, PeerConnection } from '../../lib/torrent/transport/peer-connection.ts'
import { RacedConnection } from '../../lib/torrent/transport/raced-connection.ts'
import { RetriedConnection } from '../../lib/torrent/transport/retried-connection.ts'
import { ManualClock } from '../support/manual-clock.ts'

/** A connection that the spec plays the network of. */
class PlayedConnection implements PeerConnection {
  readonly host = '192.0.2.1'
  readonly port = 6881
  readonly bufferedBytes = 0
  readonly written: string[] = []
  isDestroyed = false
  events: ConnectionEvents | undefined

  listen(events: ConnectionEvents): void {
    this.events = events
  }

  write(bytes: Uint8Array): void {
    this.written.push(Buffer.from(bytes).toString())
  }

  destroy(): void {
    this.isDestroyed = true
    this.events = undefined
  }
}

/** What a user of a connection hears. */
function heard(connection: PeerConnection): string[] {
  const events: string[] = []
  connection.listen({
    onConnected: () => void events.push('connected'),
    onData: (chunk) => void events.push(chunk.toString()),
    onDrain: () => void events.push('drain'),
    onClosed: () => void events.push('closed'),
  })
  return events
}

describe('RacedConnection', () => {
  const clock = new ManualClock()

  function race() {
    const [first, second] = [new PlayedConnection(), new PlayedConnection()]
    let isSecondStarted = false
    const raced = new RacedConnection(
      clock,
      first,
      () => {
        isSecondStarted = true
        return second
      },
      250,
    )
    return { first, second, raced, events: heard(raced), isSecondStarted: () => isSecondStarted }
  }

  it('leaves the second way alone when the first stands within its head start', () => {
    const { first, raced, events, isSecondStarted } = race()
    clock.advance(249)
    first.events?.onConnected()
    clock.advance(1000)
    first.events?.onData(Buffer.from('hello'))
    raced.write(Buffer.from('there'))
    expect(events).to.deep.equal(['connected', 'hello'])
    expect(first.written).to.deep.equal(['there'])
    expect(isSecondStarted()).to.equal(false)
  })

  it('takes whichever stands first once both run, and drops the other', () => {
    const { first, second, raced, events } = race()
    clock.advance(250)
    second.events?.onConnected()
    expect(first.isDestroyed).to.equal(true)
    raced.write(Buffer.from('x'))
    expect(second.written).to.deep.equal(['x'])
    expect(events).to.deep.equal(['connected'])
  })

  it('starts the second way when the first fails, and fails with both', () => {
    const { first, second, events, isSecondStarted } = race()
    first.events?.onClosed()
    expect(isSecondStarted()).to.equal(true)
    expect(events).to.deep.equal([])
    second.events?.onClosed()
    expect(events).to.deep.equal(['closed'])
  })

  it('leaves nothing behind when it is given up', () => {
    const { first, second, raced, events, isSecondStarted } = race()
    raced.destroy()
    clock.advance(1000)
    expect(first.isDestroyed).to.equal(true)
    expect(isSecondStarted()).to.equal(false)
    expect(second.events).to.equal(undefined)
    expect(events).to.deep.equal([])
  })
})

describe('RetriedConnection', () => {
  function retry() {
    const [first, second] = [new PlayedConnection(), new PlayedConnection()]
    const answers: boolean[] = []
    const retried = new RetriedConnection(
      first,
      () => second,
      (wasRetried) => void answers.push(wasRetried),
    )
    return { first, second, retried, answers, events: heard(retried) }
  }

  it('stays with a way that is answered, whatever comes after', () => {
    const { first, retried, answers, events } = retry()
    first.events?.onConnected()
    retried.write(Buffer.from('hello'))
    first.events?.onData(Buffer.from('hi'))
    first.events?.onClosed()
    expect(events).to.deep.equal(['connected', 'hi', 'closed'])
    expect(answers).to.deep.equal([false])
  })

  it('says the same again on the other way when the peer hangs up without a word', () => {
    const { first, second, retried, answers, events } = retry()
    first.events?.onConnected()
    retried.write(Buffer.from('hello'))
    first.events?.onClosed()
    expect(second.written).to.deep.equal([])
    second.events?.onConnected()
    expect(second.written).to.deep.equal(['hello'])
    second.events?.onData(Buffer.from('hi'))
    expect(events).to.deep.equal(['connected', 'hi'])
    expect(answers).to.deep.equal([true])
    retried.destroy()
    expect(second.isDestroyed).to.equal(true)
  })

  it('hangs up when the other way is not answered either', () => {
    const { first, second, events, answers } = retry()
    first.events?.onConnected()
    first.events?.onClosed()
    second.events?.onConnected()
    second.events?.onClosed()
    expect(events).to.deep.equal(['connected', 'closed'])
    expect(answers).to.deep.equal([])
  })

  it('does not dial again whom it cannot reach', () => {
    const { first, second, events } = retry()
    first.events?.onClosed()
    expect(events).to.deep.equal(['closed'])
    expect(second.events).to.equal(undefined)
  })
})
