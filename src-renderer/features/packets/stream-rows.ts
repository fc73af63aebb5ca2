/** A stream cut into rows of equal height, and what is marked in each. */
import type { PacketStream } from '../../../src-shared/contract/topics/packets.ts';
import { escaped, fromBase64 } from './bytes.ts';

export interface Side {
  fromOrig: boolean;
  /** Offset in its direction. */
  from: number;
  bytes: Uint8Array;
  frame: number;
  missing: number;
}

export interface StreamRow {
  fromOrig: boolean;
  /** Offset of its first byte in its direction. */
  from: number;
  bytes: Uint8Array;
  frame: number;
  /** First row after the other direction, or of another datagram. */
  first: boolean;
  /** Bytes that are missing before it. */
  missing: number;
}

/** Where something is marked: in a direction, from and to (exclusive). */
export interface Marked {
  fromOrig: boolean;
  from: number;
  to: number;
  label: string;
}

/** Letters of a row of text. */
const WIDTH = 100;
const HEX_WIDTH = 16;

export function sidesOf(stream: Pick<PacketStream, 'chunks'>): Side[] {
  return stream.chunks.map((chunk) => ({ ...chunk, bytes: fromBase64(chunk.bytes) }));
}

/** Where the row that begins at `at` ends: behind a line's end, or where it is full. */
function endOfLine(bytes: Uint8Array, at: number): number {
  for (let i = at, width = 0; i < bytes.length; i++) {
    width += escaped(bytes[i]!).length;
    if (width > WIDTH) return Math.max(i, at + 1);
    if (bytes[i] === 10) return i + 1;
  }
  return bytes.length;
}

/** Chunks of one direction that follow each other are one text, as long as they are no datagrams. */
function joined(sides: readonly Side[], apart: boolean): Side[] {
  const out: { head: Side; parts: Uint8Array[] }[] = [];
  for (const side of sides) {
    const last = out.at(-1);
    if (last && !apart && last.head.fromOrig === side.fromOrig && side.missing === 0) last.parts.push(side.bytes);
    else out.push({ head: side, parts: [side.bytes] });
  }
  return out.map(({ head, parts }) => {
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return { ...head, bytes };
  });
}

export function rowsOf(sides: readonly Side[], as: 'text' | 'hex', kind: PacketStream['kind']): StreamRow[] {
  const rows: StreamRow[] = [];
  for (const { fromOrig, from, bytes, frame, missing } of joined(sides, kind === 'datagrams')) {
    for (let at = 0; at < bytes.length;) {
      const end = as === 'hex' ? Math.min(bytes.length, at + HEX_WIDTH) : endOfLine(bytes, at);
      const first = at === 0;
      rows.push({
        fromOrig,
        from: from + at,
        bytes: bytes.subarray(at, end),
        frame,
        first,
        missing: first ? missing : 0,
      });
      at = end;
    }
  }
  return rows;
}

/** Places found at most. */
const FOUND_MAX = 1000;

const fold = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte);

/** Where `needle` stands in either direction; capitals count as small letters. In the order of the directions' offsets. */
export function findIn(sides: readonly Side[], needle: Uint8Array): Marked[] {
  const found: Marked[] = [];
  if (needle.length === 0) return found;
  const wanted = needle.map(fold);
  for (const fromOrig of [true, false]) {
    const [whole] = joined(
      sides.filter((side) => side.fromOrig === fromOrig).map((side) => ({ ...side, missing: 0 })),
      false,
    );
    if (!whole) continue;
    const text = whole.bytes.map(fold);
    for (
      let at = text.indexOf(wanted[0]!);
      at >= 0 && found.length < FOUND_MAX;
      at = text.indexOf(wanted[0]!, at + 1)
    ) {
      if (wanted.every((byte, i) => text[at + i] === byte)) {
        found.push({ fromOrig, from: whole.from + at, to: whole.from + at + wanted.length, label: 'found' });
      }
    }
  }
  return found;
}

/** Where a mark begins among the rows; -1 where it is not shown. */
export function rowOfMark(rows: readonly StreamRow[], { fromOrig, from }: Marked): number {
  return rows.findIndex((row) => row.fromOrig === fromOrig && from >= row.from && from < row.from + row.bytes.length);
}

export interface Stretch {
  bytes: Uint8Array;
  from: number;
  labels: string[];
}

/** A row cut at the borders of its marks. */
export function stretchesOf({ fromOrig, from, bytes }: StreamRow, marks: readonly Marked[]): Stretch[] {
  const end = from + bytes.length;
  const here = marks.filter((mark) => mark.fromOrig === fromOrig && mark.from < end && mark.to > from);
  const borders = new Set([from, end]);
  for (const mark of here) {
    borders.add(Math.max(from, mark.from));
    borders.add(Math.min(end, mark.to));
  }
  const sorted = [...borders].sort((a, b) => a - b);
  return sorted.slice(0, -1).map((at, i) => ({
    bytes: bytes.subarray(at - from, sorted[i + 1]! - from),
    from: at,
    labels: [...new Set(here.filter((mark) => mark.from <= at && mark.to > at).map((mark) => mark.label))],
  }));
}
