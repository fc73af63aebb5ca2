/**
 * The classic capture format (draft-ietf-opsawg-pcap) and its relatives: both byte orders, micro- and
 * nanoseconds, and the variants with longer record headers (Kuznetzov's patches, Nokia).
 */
import type { Window } from '../input/chunks.ts';
import type { PacketBatch } from '../types.ts';
import type { WarningList } from '../warning-list.ts';
import { maxCaptured, MAX_CAPTURED, PARSED, type FormatParser, type InterfaceNumbers, type Parsed } from './format.ts';
import { findPcapRecord } from './pcap-resync.ts';

export const PCAP_HEADER_BYTES = 24;

const MAGIC_MICRO = 0xa1b2c3d4;
const MAGIC_NANO = 0xa1b23c4d;
const MAGIC_MODIFIED = 0xa1b2cd34;
const MAGIC_IXIA_HARDWARE = 0x1c0001ac;
const MAGIC_IXIA_SOFTWARE = 0x1c0001ab;

const PLAIN_RECORD = 16;
/** Interface index, protocol, packet type and a byte of padding follow the plain header. */
const KUZNETZOV_RECORD = 24;
/** The same with an SMP version's two processor numbers. */
const KUZNETZOV_SMP_RECORD = 28;
const NOKIA_RECORD = 20;

/** Upper bits of the link type field tell of frame check sequences. */
const LINK_MASK = 0x03ffffff;
const SWAPPED_UP_TO_MINOR = 3;
const RECORDS_TO_TRY = 3;
/** Bytes that must follow a place where a record is looked for, unless the input ends: three of the largest. */
const CHAIN_BYTES = 1024 * 1024;
const RESYNC_BYTES = 2 * CHAIN_BYTES;

export interface PcapHeader {
  little: boolean;
  /** Units a second of the fraction field: 10^6 or 10^9. */
  resolution: number;
  major: number;
  minor: number;
  snaplen: number;
  link: number;
  recordBytes: readonly number[];
}

/** Magic numbers by what the first four bytes say when read big-endian or little-endian. */
function magicKind(magic: number): { resolution: number; recordBytes: readonly number[] } | null {
  switch (magic) {
    case MAGIC_MICRO:
      return { resolution: 1e6, recordBytes: [PLAIN_RECORD, KUZNETZOV_RECORD, NOKIA_RECORD] };
    case MAGIC_NANO:
    case MAGIC_IXIA_HARDWARE:
      return { resolution: 1e9, recordBytes: [PLAIN_RECORD] };
    case MAGIC_IXIA_SOFTWARE:
      return { resolution: 1e6, recordBytes: [PLAIN_RECORD] };
    case MAGIC_MODIFIED:
      return { resolution: 1e6, recordBytes: [KUZNETZOV_RECORD, KUZNETZOV_SMP_RECORD] };
    default:
      return null;
  }
}

/** Whether these bytes begin a pcap file. */
export function isPcap(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return magicKind(view.getUint32(0, false)) !== null || magicKind(view.getUint32(0, true)) !== null;
}

/** The file header at the start of `head` (at least 24 bytes), or null when there is none. */
export function readPcapHeader(head: Uint8Array): PcapHeader | null {
  if (head.length < PCAP_HEADER_BYTES) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const little = magicKind(view.getUint32(0, true)) !== null;
  const kind = magicKind(view.getUint32(0, little));
  if (!kind) return null;
  return {
    little,
    ...kind,
    major: view.getUint16(4, little),
    minor: view.getUint16(6, little),
    snaplen: view.getUint32(16, little),
    link: view.getUint32(20, little) & LINK_MASK,
  };
}

/** How badly the first records fit a record header of this length: 0 is perfect. */
function badness(header: PcapHeader, head: Uint8Array, recordBytes: number): number {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const limit = maxCaptured(header.link);
  let bad = 0;
  let at = PCAP_HEADER_BYTES;
  for (let i = 0; i < RECORDS_TO_TRY; i++) {
    // The head may be cut anywhere, a whole file is likelier to end where a record does.
    if (at + recordBytes > head.length) return at === head.length ? bad : bad + 1;
    const captured = view.getUint32(at + 8, header.little);
    const wire = view.getUint32(at + 12, header.little);
    if (view.getUint32(at + 4, header.little) >= header.resolution) bad++;
    if (captured > limit) return bad + RECORDS_TO_TRY;
    if (captured > wire) bad++;
    if (header.snaplen > 0 && captured > header.snaplen) bad++;
    if (wire > MAX_CAPTURED * 512) bad++;
    at += recordBytes + captured;
  }
  return bad;
}

/**
 * The length of this file's record headers. Some old variants share the standard magic number; only the first
 * records tell (the method is Wireshark's: the candidate that fits best, the standard one when in doubt).
 */
export function chooseRecordBytes(header: PcapHeader, head: Uint8Array): number {
  let best = header.recordBytes[0] ?? PLAIN_RECORD;
  let least = Infinity;
  for (const candidate of header.recordBytes) {
    const bad = badness(header, head, candidate);
    if (bad < least) [best, least] = [candidate, bad];
  }
  return best;
}

export class PcapParser implements FormatParser {
  readonly format = 'pcap';
  need = PCAP_HEADER_BYTES;
  readonly linkTypes = new Set<number>();
  private readonly header: PcapHeader;
  private readonly recordBytes: number;
  private readonly warnings: WarningList;
  private readonly input: number;
  private readonly iface: number;
  private readonly limit: number;
  private readonly nanoFactor: number;
  private headerSeen = false;
  private searching = false;
  private skip = 0;
  private lastSec = NaN;

  /** `head`: the first bytes of the (decompressed) input, at least PCAP_HEADER_BYTES. */
  constructor(header: PcapHeader, head: Uint8Array, input: number, numbers: InterfaceNumbers, warnings: WarningList) {
    this.header = header;
    this.recordBytes = chooseRecordBytes(header, head);
    this.warnings = warnings;
    this.input = input;
    this.iface = numbers.take();
    this.limit = maxCaptured(header.link);
    this.nanoFactor = 1e9 / header.resolution;
    this.linkTypes.add(header.link);
  }

  parse(window: Window, batch: PacketBatch, capacity: number): Parsed {
    if (!this.headerSeen) {
      if (window.end - window.pos < PCAP_HEADER_BYTES) return PARSED.MORE;
      window.pos += PCAP_HEADER_BYTES;
      this.headerSeen = true;
    }
    for (;;) {
      if (this.skip > 0 && !this.passOver(window)) return PARSED.MORE;
      if (this.searching) {
        const waiting = this.search(window);
        if (waiting) return PARSED.MORE;
      }
      const parsed = this.records(window, batch, capacity);
      if (parsed !== PARSED.STOP) return parsed;
    }
  }

  /** Drops what is left of a record that is too large to hold; false when more of it is to come. */
  private passOver(window: Window): boolean {
    const step = Math.min(this.skip, window.end - window.pos);
    window.pos += step;
    this.skip -= step;
    this.need = 1;
    if (this.skip > 0 && window.eof) this.warnings.add('cut-file', window.base + window.pos);
    return this.skip === 0;
  }

  /** Looks for the next record after damage; true when that needs more bytes. */
  private search(window: Window): boolean {
    if (window.end - window.pos < RESYNC_BYTES && !window.eof) {
      this.need = RESYNC_BYTES;
      return true;
    }
    const limitAt = window.eof ? window.end : window.end - CHAIN_BYTES;
    const found = findPcapRecord(window, limitAt, this.recordBytes, this.header, this.lastSec);
    if (found < 0) {
      window.pos = Math.max(window.pos, limitAt);
      this.need = RESYNC_BYTES;
      return true;
    }
    window.pos = found;
    this.searching = false;
    return false;
  }

  /** The hot loop: 12 ns a record. STOP means that something unusual has to be handled before going on. */
  private records(window: Window, batch: PacketBatch, capacity: number): Parsed {
    const { view, end, base } = window;
    const { little, snaplen, link } = this.header;
    const { recordBytes, limit, nanoFactor } = this;
    const { resolution, minor } = this.header;
    const c = batch.columns;
    const usualLimit = Math.min(snaplen === 0 ? limit : snaplen, MAX_CAPTURED);
    const linkColumn = Math.min(link, 0xffff);
    let { pos } = window;
    let row = batch.count;
    let result: Parsed = PARSED.FULL;
    while (row < capacity) {
      if (end - pos < recordBytes) {
        if (row > batch.count) this.lastSec = c.sec[row - 1]!;
        result = this.wantMore(window, pos, recordBytes);
        if (result === PARSED.STOP) pos++;
        break;
      }
      let captured = view.getUint32(pos + 8, little);
      let wire = view.getUint32(pos + 12, little);
      let kept = captured;
      if (captured > usualLimit || captured > wire) {
        // Versions before 2.4 wrote the two lengths in either order; the smaller one is what is present.
        if (captured > wire && minor <= SWAPPED_UP_TO_MINOR) [captured, wire, kept] = [wire, captured, wire];
        if (captured > limit) {
          this.startSearch(base + pos);
          pos++;
          result = PARSED.STOP;
          break;
        }
        if (captured > MAX_CAPTURED) kept = 0;
      }
      if (end - pos - recordBytes < kept) {
        if (row > batch.count) this.lastSec = c.sec[row - 1]!;
        result = this.wantMore(window, pos, recordBytes + kept);
        if (result === PARSED.STOP) pos++;
        break;
      }
      if (captured > usualLimit || captured > wire) {
        this.reportUnusual(base + pos, captured, wire);
        if (wire < captured) wire = captured;
      }
      let sec = view.getUint32(pos, little);
      let fraction = view.getUint32(pos + 4, little);
      if (fraction >= resolution) {
        this.warnings.add('bad-timestamp', base + pos);
        sec += Math.floor(fraction / resolution);
        fraction %= resolution;
      }
      c.offset[row] = pos + recordBytes;
      c.captured[row] = kept;
      c.wire[row] = wire;
      c.sec[row] = sec;
      c.nano[row] = fraction * nanoFactor;
      c.link[row] = linkColumn;
      c.iface[row] = this.iface;
      c.fileOffset[row] = base + pos;
      c.input[row] = this.input;
      row++;
      pos += recordBytes + kept;
      if (kept < captured) {
        this.skip = captured - kept;
        result = PARSED.STOP;
        break;
      }
    }
    if (row > batch.count) this.lastSec = c.sec[row - 1]!;
    batch.count = row;
    window.pos = pos;
    return result;
  }

  /** Reports a captured length that is unusual but possible. */
  private reportUnusual(offset: number, captured: number, wire: number): void {
    if (captured > MAX_CAPTURED) this.warnings.add('record-too-large', offset);
    else if (this.header.snaplen > 0 && captured > this.header.snaplen)
      this.warnings.add('caplen-over-snaplen', offset);
    if (captured > wire) this.warnings.add('caplen-over-wire', offset);
  }

  private startSearch(offset: number): void {
    this.searching = true;
    this.warnings.add('corrupt-record', offset);
  }

  /** At the input's end a record that lacks bytes was cut, unless others stand inside it: then its length lies. */
  private wantMore(window: Window, pos: number, need: number): Parsed {
    this.need = need;
    if (!window.eof || window.end === pos) return PARSED.MORE;
    const start = window.pos;
    window.pos = pos + 1;
    const found = findPcapRecord(window, window.end, this.recordBytes, this.header, this.lastSec);
    window.pos = start;
    if (found < 0) {
      this.warnings.add('cut-file', window.base + pos);
      return PARSED.MORE;
    }
    this.startSearch(window.base + pos);
    return PARSED.STOP;
  }
}
