import { type Detector, MAX_PULL_BYTES, type Puller, type Pulls } from './container.ts'
import { type FoundStream, streamDetails } from './stream-list.ts'
import { programMapPid, readProgramMap, sectionBytes } from './ts-program.ts'

/** 188 bytes of transport stream, on a Blu-ray disc with four more before each (BDAV). */
export interface PacketShape {
  readonly strideBytes: number
  /** Of the sync byte in each stride. */
  readonly syncAt: number
}

const PACKET_BYTES = 188
const SYNC = 0x47
const SHAPES: readonly PacketShape[] = [
  { strideBytes: 188, syncAt: 0 },
  { strideBytes: 192, syncAt: 4 },
  { strideBytes: 204, syncAt: 0 },
]
/** Where the program map and the first clock are looked for, and the last clock. */
const HEAD_PULLS = 8
const TAIL_PULLS = 4
const CLOCK_HZ = 90_000
const CLOCK_TURN = 2 ** 33
const MAX_SECTION_BYTES = 1024 + 3
const PAT_PID = 0

/** Undefined when these are not the first bytes of a transport stream: three packets begin with a sync byte. */
export function packetShape(view: DataView): PacketShape | undefined {
  return SHAPES.find(({ strideBytes, syncAt }) => {
    const places = [0, 1, 2].map((packet) => packet * strideBytes + syncAt)
    return places.every((at) => at < view.byteLength && view.getUint8(at) === SYNC)
  })
}

/** A section as its packets bring it; the first one that comes whole is kept. */
class Section {
  #bytes = new Uint8Array(0)
  #isWhole = false

  get whole(): Uint8Array | undefined {
    return this.#isWhole ? this.#bytes : undefined
  }

  /** ISO/IEC 13818-1 section 2.4.4.1: in a packet that starts one, a byte says how far the previous one reaches. */
  add(payload: Uint8Array, isStart: boolean): void {
    if (this.#isWhole) return
    if (isStart) this.#bytes = payload.slice(1 + (payload[0] ?? 0))
    else if (this.#bytes.length > 0 && this.#bytes.length < MAX_SECTION_BYTES)
      this.#bytes = Uint8Array.from([...this.#bytes, ...payload])
    const bytes = sectionBytes(this.#bytes)
    this.#isWhole = bytes > 0 && this.#bytes.length >= bytes
  }
}

interface Program {
  readonly association: Section
  readonly map: Section
  mapPid: number | undefined
  streams: readonly FoundStream[]
  clockPid: number | undefined
  firstClock: number | undefined
  lastClock: number | undefined
}

/**
 * An MPEG transport stream (ISO/IEC 13818-1): its streams by the program map, its length by the first and last clock. It
 * has no index: players look for a time by halving.
 */
export function* detectMpegTs(puller: Puller, shape: PacketShape): Detector {
  const program: Program = {
    association: new Section(),
    map: new Section(),
    mapPid: undefined,
    streams: [],
    clockPid: undefined,
    firstClock: undefined,
    lastClock: undefined,
  }
  const { strideBytes } = shape
  const step = Math.floor(MAX_PULL_BYTES / strideBytes) * strideBytes
  for (let i = 0; i < HEAD_PULLS && program.firstClock === undefined; i++) {
    if (!(yield* readPackets(puller, i * step, step, shape, program))) break
  }
  const strides = Math.floor(puller.sizeBytes / strideBytes)
  program.lastClock = undefined
  for (let i = 1; i <= TAIL_PULLS && program.firstClock !== undefined && program.lastClock === undefined; i++) {
    const start = Math.max(0, strides * strideBytes - i * step)
    yield* readPackets(puller, start, step, shape, program)
  }
  const durationSeconds = secondsBetween(program.firstClock, program.lastClock)
  return {
    format: 'mpegts',
    index: [],
    durationSeconds,
    seekPoints: [],
    streams: streamDetails(program.streams, durationSeconds),
  }
}

/** The clock turns over once a day. */
function secondsBetween(first: number | undefined, last: number | undefined): number | null {
  if (first === undefined || last === undefined) return null
  const ticks = (last - first + CLOCK_TURN) % CLOCK_TURN
  return ticks > 0 ? ticks / CLOCK_HZ : null
}

/** Returns whether there were any. */
function* readPackets(
  puller: Puller,
  start: number,
  length: number,
  { strideBytes, syncAt }: PacketShape,
  program: Program,
): Pulls<boolean> {
  const view = yield* puller.bytes(start, length)
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  for (let at = syncAt; at + PACKET_BYTES <= bytes.length; at += strideBytes)
    if (bytes[at] === SYNC) readPacket(bytes.subarray(at, at + PACKET_BYTES), program)
  return bytes.length > 0
}

/** Sections 2.4.3.2 to 2.4.3.5. */
function readPacket(packet: Uint8Array, program: Program): void {
  const [flags = 0, low = 0, control = 0, fieldBytes = 0] = packet.subarray(1)
  const pid = ((flags & 0x1f) << 8) | low
  const hasField = (control & 0x20) !== 0
  if (hasField && fieldBytes >= 7 && ((packet[5] ?? 0) & 0x10) !== 0) readClock(packet, pid, program)
  if ((control & 0x10) === 0 || (pid !== PAT_PID && pid !== program.mapPid)) return
  const payload = packet.subarray(hasField ? 5 + fieldBytes : 4)
  const section = pid === PAT_PID ? program.association : program.map
  section.add(payload, (flags & 0x40) !== 0)
  const { whole } = section
  if (!whole) return
  if (pid === PAT_PID) program.mapPid ??= programMapPid(whole)
  else if (program.clockPid === undefined) {
    const { clockPid, streams } = readProgramMap(whole)
    program.clockPid = clockPid
    program.streams = streams
  }
}

/** Only the base of the program clock reference, 33 bits at 90 kHz; only of the film's program. */
function readClock(packet: Uint8Array, pid: number, program: Program): void {
  if (pid !== program.clockPid) return
  const [b0 = 0, b1 = 0, b2 = 0, b3 = 0, b4 = 0] = packet.subarray(6)
  const clock = (b0 * 2 ** 24 + (b1 << 16) + (b2 << 8) + b3) * 2 + (b4 >> 7)
  program.firstClock ??= clock
  program.lastClock = clock
}
