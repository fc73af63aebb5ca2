/**
 * The pcapng format (draft-ietf-opsawg-pcapng): sections of either byte order, interfaces with link type, time
 * unit and offset of their own; packets in enhanced, simple and obsolete packet blocks. All else is passed over.
 */
import { ANONYMISED } from '../../../../src-shared/domain/anonymised.ts';
import type { Window } from '../input/chunks.ts';
import type { PacketBatch } from '../types.ts';
import type { WarningList } from '../warning-list.ts';
import { maxCaptured, MAX_CAPTURED, PARSED, type FormatParser, type InterfaceNumbers, type Parsed } from './format.ts';
import { findBlock } from './pcapng-resync.ts';
import { InterfaceStatistics } from './pcapng-statistics.ts';
import { TimestampUnit } from './timestamps.ts';

export const BLOCK = {
  SECTION: 0x0a0d0d0a,
  INTERFACE: 1,
  PACKET: 2,
  SIMPLE: 3,
  STATISTICS: 5,
  ENHANCED: 6,
} as const;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Blocks up to this many bytes are held whole; longer ones that are no packets are passed over as they come. */
const MAX_HELD = 1024 * 1024;
const MIN_BLOCK = 12;
const RESYNC_BYTES = 2 * MAX_HELD;
/** Interfaces of one section that are remembered. */
const MAX_INTERFACES = 65_536;

const ENHANCED_HEADER = 28;
const SIMPLE_HEADER = 12;
const TRAILER = 4;
/** Of a section header block, before its options. */
const SECTION_HEAD = 24;

const OPTION_COMMENT = 1;
const OPTION_TSRESOL = 9;
const OPTION_TSOFFSET = 14;
const MICROSECONDS = 6;

interface Interface {
  link: number;
  snaplen: number;
  number: number;
  unit: TimestampUnit;
}

/** Whether these bytes begin a pcapng file. */
export function isPcapng(head: Uint8Array): boolean {
  return head.length >= 4 && head[0] === 0x0a && head[1] === 0x0d && head[2] === 0x0d && head[3] === 0x0a;
}

/** Version of the first section as text when it is one that cannot be read, null when it can, '' when damaged. */
export function unreadableSection(head: Uint8Array): string | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const little = head.length < 16 ? null : sectionOrder(view, 0);
  if (little === null) return '';
  const major = view.getUint16(12, little);
  const minor = view.getUint16(14, little);
  return isReadableVersion(major, minor) ? null : `${major}.${minor}`;
}

/** Whether the section header at `at` is little-endian, or null when its byte order mark is neither. */
function sectionOrder(view: DataView, at: number): boolean | null {
  if (view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC) return true;
  return view.getUint32(at + 8, false) === BYTE_ORDER_MAGIC ? false : null;
}

/** 1.2 was written by some tools for what is 1.0. */
function isReadableVersion(major: number, minor: number): boolean {
  return major === 1 && (minor === 0 || minor === 2);
}

/** Whether one of a section's options is the comment that anonymised copies bear. */
function saysAnonymised(view: DataView, start: number, end: number, little: boolean): boolean {
  for (let at = start; at + 4 <= end;) {
    const [code, length] = [view.getUint16(at, little), view.getUint16(at + 2, little)];
    if (code === 0 || at + 4 + length > end) return false;
    const isComment = code === OPTION_COMMENT && length === ANONYMISED.length;
    if (isComment && Buffer.from(view.buffer, view.byteOffset + at + 4, length).toString('latin1') === ANONYMISED)
      return true;
    at += 4 + ((length + 3) & ~3);
  }
  return false;
}

export class PcapngParser implements FormatParser {
  readonly format = 'pcapng';
  need = MIN_BLOCK;
  readonly linkTypes = new Set<number>();
  private readonly warnings: WarningList;
  private readonly input: number;
  private readonly numbers: InterfaceNumbers;
  private little = true;
  /** False before the first section and inside one that cannot be read. */
  private readable = false;
  private interfaces: Interface[] = [];
  private readonly statistics = new InterfaceStatistics();
  private sections = 0;
  private anonymised = 0;
  private searching = false;
  private skip = 0;
  private lastSec = 0;
  private lastNano = 0;

  constructor(input: number, numbers: InterfaceNumbers, warnings: WarningList) {
    this.input = input;
    this.numbers = numbers;
    this.warnings = warnings;
  }

  get dropped(): number | undefined {
    return this.statistics.dropped;
  }

  get isAnonymised(): boolean {
    return this.sections > 0 && this.anonymised === this.sections;
  }

  parse(window: Window, batch: PacketBatch, capacity: number): Parsed {
    while (batch.count < capacity) {
      if (this.skip > 0 && !this.passOver(window)) return PARSED.MORE;
      if (this.searching && !this.search(window)) return PARSED.MORE;
      const step = this.block(window, batch);
      if (step < 0) return PARSED.MORE;
      window.pos += step;
    }
    return PARSED.FULL;
  }

  /** Drops what is left of a long block; false when more of it is to come. */
  private passOver(window: Window): boolean {
    const step = Math.min(this.skip, window.end - window.pos);
    window.pos += step;
    this.skip -= step;
    this.need = 1;
    if (this.skip > 0 && window.eof) this.warnings.add('cut-file', window.base + window.pos);
    return this.skip === 0;
  }

  /** Looks for the next block after damage; false when that needs more bytes. */
  private search(window: Window): boolean {
    this.need = RESYNC_BYTES;
    if (window.end - window.pos < RESYNC_BYTES && !window.eof) return false;
    const limitAt = window.eof ? window.end : window.end - MAX_HELD;
    const found = findBlock(window, limitAt, this.little, MAX_HELD);
    window.pos = found < 0 ? Math.max(window.pos, limitAt) : found;
    this.searching = found < 0;
    return found >= 0;
  }

  /** Handles the block at the window's position; gives the bytes to move on by, or -1 when more are needed. */
  private block(window: Window, batch: PacketBatch): number {
    const { view, pos, end } = window;
    if (end - pos < MIN_BLOCK) return this.wantMore(window, MIN_BLOCK);
    let type = view.getUint32(pos, this.little);
    if (type === BLOCK.SECTION) {
      const little = sectionOrder(view, pos);
      if (little === null) return this.damage(window);
      this.little = little;
    }
    const length = view.getUint32(pos + 4, this.little);
    if (length < MIN_BLOCK || (length & 3) !== 0) return this.damage(window);
    if (!this.readable && type !== BLOCK.SECTION) type = 0;
    const isPacket = type === BLOCK.ENHANCED || type === BLOCK.SIMPLE || type === BLOCK.PACKET;
    if (length > MAX_HELD && !isPacket && type !== BLOCK.SECTION && type !== BLOCK.INTERFACE) {
      this.skip = length;
      return 0;
    }
    if (length > MAX_HELD) return this.large(window);
    if (end - pos < length) return this.wantMore(window, length);
    if (!this.trailerFits(window, length)) return this.damage(window);
    return this.whole(window, batch, type, length);
  }

  private whole(window: Window, batch: PacketBatch, type: number, length: number): number {
    switch (type) {
      case BLOCK.ENHANCED:
        return this.enhanced(window, batch, length) ? length : this.damage(window);
      case BLOCK.SIMPLE:
        return this.simple(window, batch, length) ? length : this.damage(window);
      case BLOCK.PACKET:
        return this.obsolete(window, batch, length) ? length : this.damage(window);
      case BLOCK.SECTION:
        return this.section(window, length);
      case BLOCK.INTERFACE:
        return this.interface(window, length) ? length : this.damage(window);
      case BLOCK.STATISTICS:
        this.statistics.read(window.view, window.pos, length, this.little);
        return length;
      default:
        return length;
    }
  }

  /** A block says its length at both ends; where they differ, the next block decides whom to believe. */
  private trailerFits(window: Window, length: number): boolean {
    const { view, pos, end } = window;
    if (view.getUint32(pos + length - TRAILER, this.little) === length) return true;
    const next = pos + length;
    const endsHere = next === end && window.eof;
    const fits =
      endsHere ||
      (next + 8 <= end && view.getUint32(next + 4, this.little) >= MIN_BLOCK && isKnownBlock(view, next, this.little));
    if (fits) this.warnings.add('block-length-mismatch', window.base + pos);
    return fits;
  }

  /** A packet or description of more than a megabyte: none of that size is written by any tool for our links. */
  private large(window: Window): number {
    const { view, pos, end } = window;
    if (end - pos < ENHANCED_HEADER) return this.wantMore(window, ENHANCED_HEADER);
    const known = this.interfaces[view.getUint32(pos + 8, this.little)];
    const limit = known ? maxCaptured(known.link) : MAX_CAPTURED;
    const length = view.getUint32(pos + 4, this.little);
    if (length > limit + MAX_HELD) return this.damage(window);
    this.warnings.add('record-too-large', window.base + pos);
    this.skip = length;
    return 0;
  }

  private section(window: Window, length: number): number {
    const { view, pos } = window;
    if (length < SECTION_HEAD + TRAILER) return this.damage(window);
    this.interfaces = [];
    this.statistics.section();
    this.readable = isReadableVersion(view.getUint16(pos + 12, this.little), view.getUint16(pos + 14, this.little));
    if (!this.readable) this.warnings.add('unsupported-section', window.base + pos);
    this.sections++;
    this.anonymised += saysAnonymised(view, pos + SECTION_HEAD, pos + length - TRAILER, this.little) ? 1 : 0;
    return length;
  }

  private interface(window: Window, length: number): boolean {
    const { view, pos } = window;
    if (length < 20) return false;
    const link = view.getUint16(pos + 8, this.little);
    this.linkTypes.add(link);
    if (this.interfaces.length >= MAX_INTERFACES) return true;
    const unit = this.unitOf(view, pos + 16, pos + length - TRAILER);
    this.interfaces.push({ link, snaplen: view.getUint32(pos + 12, this.little), number: this.numbers.take(), unit });
    return true;
  }

  private unitOf(view: DataView, start: number, end: number): TimestampUnit {
    let resolution = MICROSECONDS;
    let offset = 0;
    for (let at = start; at + 4 <= end;) {
      const code = view.getUint16(at, this.little);
      const length = view.getUint16(at + 2, this.little);
      if (code === 0 || at + 4 + length > end) break;
      if (code === OPTION_TSRESOL && length === 1) resolution = view.getUint8(at + 4);
      if (code === OPTION_TSOFFSET && length === 8) offset = Number(view.getBigInt64(at + 4, this.little));
      at += 4 + ((length + 3) & ~3);
    }
    return new TimestampUnit(resolution, offset);
  }

  /** A packet block that cannot be placed is passed over, not damage: the next block may be fine. */
  private find(window: Window, id: number): Interface | null {
    const known = this.interfaces[id];
    if (!known) this.warnings.add('unknown-interface', window.base + window.pos);
    return known ?? null;
  }

  private enhanced(window: Window, batch: PacketBatch, length: number): boolean {
    const { view, pos } = window;
    if (length < ENHANCED_HEADER + TRAILER) return false;
    const { little } = this;
    const captured = view.getUint32(pos + 20, little);
    if (captured > length - ENHANCED_HEADER - TRAILER) return false;
    const from = this.find(window, view.getUint32(pos + 8, little));
    if (!from) return true;
    from.unit.convert(view.getUint32(pos + 12, little), view.getUint32(pos + 16, little));
    this.lastSec = from.unit.sec;
    this.lastNano = from.unit.nano;
    this.add(window, batch, from, ENHANCED_HEADER, captured, view.getUint32(pos + 24, little));
    return true;
  }

  private obsolete(window: Window, batch: PacketBatch, length: number): boolean {
    const { view, pos } = window;
    if (length < ENHANCED_HEADER + TRAILER) return false;
    const { little } = this;
    const captured = view.getUint32(pos + 20, little);
    if (captured > length - ENHANCED_HEADER - TRAILER) return false;
    const from = this.find(window, view.getUint16(pos + 8, little));
    if (!from) return true;
    from.unit.convert(view.getUint32(pos + 12, little), view.getUint32(pos + 16, little));
    this.lastSec = from.unit.sec;
    this.lastNano = from.unit.nano;
    this.add(window, batch, from, ENHANCED_HEADER, captured, view.getUint32(pos + 24, little));
    return true;
  }

  private simple(window: Window, batch: PacketBatch, length: number): boolean {
    const { view, pos } = window;
    if (length < SIMPLE_HEADER + TRAILER) return false;
    const from = this.find(window, 0);
    if (!from) return true;
    const wire = view.getUint32(pos + 8, this.little);
    const present = length - SIMPLE_HEADER - TRAILER;
    const limit = from.snaplen > 0 ? Math.min(wire, from.snaplen) : wire;
    this.warnings.add('no-timestamps', window.base + pos);
    this.add(window, batch, from, SIMPLE_HEADER, Math.min(limit, present), wire);
    return true;
  }

  private add(
    window: Window,
    batch: PacketBatch,
    from: Interface,
    header: number,
    captured: number,
    wire: number,
  ): void {
    if (captured > wire) this.warnings.add('caplen-over-wire', window.base + window.pos);
    if (captured > from.snaplen && from.snaplen > 0) this.warnings.add('caplen-over-snaplen', window.base + window.pos);
    const c = batch.columns;
    const row = batch.count++;
    c.offset[row] = window.pos + header;
    c.captured[row] = captured;
    c.wire[row] = captured > wire ? captured : wire;
    c.sec[row] = this.lastSec;
    c.nano[row] = this.lastNano;
    c.link[row] = from.link;
    c.iface[row] = from.number;
    c.fileOffset[row] = window.base + window.pos;
    c.input[row] = this.input;
  }

  private damage(window: Window): number {
    this.warnings.add('corrupt-record', window.base + window.pos);
    this.searching = true;
    return 1;
  }

  /** At the input's end a block that lacks bytes was cut, unless others stand inside it: then its length lies. */
  private wantMore(window: Window, need: number): number {
    this.need = need;
    if (!window.eof || window.end === window.pos) return -1;
    const start = window.pos++;
    const found = findBlock(window, window.end, this.little, MAX_HELD);
    window.pos = start;
    if (found >= 0) return this.damage(window);
    this.warnings.add('cut-file', window.base + start);
    window.pos = window.end;
    return -1;
  }
}

function isKnownBlock(view: DataView, at: number, little: boolean): boolean {
  const type = view.getUint32(at, little);
  return (type >= 1 && type <= 10) || type === BLOCK.SECTION || type === 0x0bad || type === 0x40000bad;
}
