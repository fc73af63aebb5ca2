/**
 * Flows of a full chunk in as few bytes as they need: most columns hold one value throughout, or values that differ in a
 * few bits. Each column is taken apart into lanes of 32 bits (a double is two, narrow columns are several rows a lane);
 * of a lane only the bits that differ are kept: none, eight, sixteen, or all. What comes out is what went in, bit for bit.
 */
import { bufferOf } from '../../meter/columns.ts';
import { flowSchema, type FlowBatch } from '../../meter/flows/types.ts';

export type FlowColumn = keyof typeof flowSchema;

/** Words of a column that lie `stride` apart, from `at` on. */
interface Lane {
  at: number;
  stride: number;
  count: number;
}

/** Bits that differ: none, up to eight, up to sixteen, more. */
const SAME = 0;
const BYTE = 1;
const HALF = 2;
const WHOLE = 3;

/** The lanes of each column of a batch. */
function lanesOf({ columns, capacity }: FlowBatch): Map<FlowColumn, Lane[]> {
  const lanes = new Map<FlowColumn, Lane[]>();
  for (const name of Object.keys(flowSchema) as FlowColumn[]) {
    const { byteOffset, byteLength } = columns[name];
    const words = byteLength / 4;
    const stride = words % capacity === 0 ? words / capacity : 1;
    lanes.set(
      name,
      Array.from({ length: stride }, (_, i) => ({ at: byteOffset / 4 + i, stride, count: words / stride })),
    );
  }
  return lanes;
}

/** The columns of a chunk; `bytes` holds the bits of each lane that differ, lane after lane, each from a multiple of four. */
export interface PackedFlows {
  bytes: Uint8Array;
  /** By lane: what is kept of it, how far to the left that belongs, and all other bits. */
  kinds: Uint8Array;
  shifts: Uint8Array;
  bases: Uint32Array;
}

/** Bytes of `count` values, up to the next multiple of four. */
function room(kind: number, count: number): number {
  return kind === SAME ? 0 : (count * (kind === BYTE ? 1 : kind === HALF ? 2 : 4) + 3) & ~3;
}

/** The bits in which the words of a lane differ. */
function differing(words: Uint32Array, { at, stride, count }: Lane): number {
  const first = words[at]!;
  let bits = 0;
  for (let i = 0, from = at; i < count; i++, from += stride) bits |= words[from]! ^ first;
  return bits;
}

/** Packs and unpacks full chunks of one capacity. */
export class FlowPacker {
  private readonly rows: number;
  private readonly byColumn: Map<FlowColumn, Lane[]>;
  private readonly lanes: readonly Lane[];
  private readonly wanted = new WeakMap<readonly FlowColumn[], Uint8Array>();
  private scratch: ArrayBuffer | undefined;

  /** `like`: a batch of the capacity, a multiple of four, that chunks have. */
  constructor(like: FlowBatch) {
    this.rows = like.capacity;
    this.byColumn = lanesOf(like);
    this.lanes = [...this.byColumn.values()].flat();
  }

  /** @throws RangeError when the batch is not full, or has another capacity */
  pack({ columns, count, capacity }: FlowBatch): PackedFlows {
    if (count !== this.rows || capacity !== this.rows) throw new RangeError(`not a full chunk of ${this.rows} flows`);
    const words = new Uint32Array(bufferOf(columns));
    this.scratch ??= new ArrayBuffer(words.byteLength);
    const kinds = new Uint8Array(this.lanes.length);
    const shifts = new Uint8Array(this.lanes.length);
    const bases = new Uint32Array(this.lanes.length);
    let end = 0;
    for (const [i, lane] of this.lanes.entries()) {
      const bits = differing(words, lane);
      const shift = bits === 0 ? 0 : 31 - Math.clz32(bits & -bits);
      const width = bits === 0 ? 0 : 32 - Math.clz32(bits) - shift;
      const kind = (kinds[i] = width === 0 ? SAME : width <= 8 ? BYTE : width <= 16 ? HALF : WHOLE);
      shifts[i] = kind === WHOLE ? 0 : shift;
      bases[i] = kind === WHOLE ? 0 : words[lane.at]! & ~bits;
      const { at, stride, count: length } = lane;
      if (kind === BYTE) {
        const into = new Uint8Array(this.scratch, end, length);
        for (let n = 0, from = at; n < length; n++, from += stride) into[n] = (words[from]! & bits) >>> shift;
      } else if (kind === HALF) {
        const into = new Uint16Array(this.scratch, end, length);
        for (let n = 0, from = at; n < length; n++, from += stride) into[n] = (words[from]! & bits) >>> shift;
      } else if (kind === WHOLE) {
        const into = new Uint32Array(this.scratch, end, length);
        for (let n = 0, from = at; n < length; n++, from += stride) into[n] = words[from]!;
      }
      end += room(kind, length);
    }
    return { bytes: new Uint8Array(this.scratch.slice(0, end)), kinds, shifts, bases };
  }

  /** Writes these columns (without a list: all) of a packed chunk into a batch of this packer's rows. */
  unpack({ bytes, kinds, shifts, bases }: PackedFlows, into: FlowBatch, only?: readonly FlowColumn[]): void {
    const words = new Uint32Array(bufferOf(into.columns));
    const wanted = only && this.wantedOf(only);
    let end = bytes.byteOffset;
    for (const [i, { at, stride, count }] of this.lanes.entries()) {
      const kind = kinds[i]!;
      const from = end;
      end += room(kind, count);
      if (wanted && wanted[i] === 0) continue;
      const base = bases[i]!;
      const shift = shifts[i]!;
      if (kind === SAME) {
        if (stride === 1) words.fill(base, at, at + count);
        else for (let n = 0, to = at; n < count; n++, to += stride) words[to] = base;
      } else if (kind === BYTE) {
        const kept = new Uint8Array(bytes.buffer, from, count);
        for (let n = 0, to = at; n < count; n++, to += stride) words[to] = base | (kept[n]! << shift);
      } else if (kind === HALF) {
        const kept = new Uint16Array(bytes.buffer, from, count);
        for (let n = 0, to = at; n < count; n++, to += stride) words[to] = base | (kept[n]! << shift);
      } else {
        const kept = new Uint32Array(bytes.buffer, from, count);
        for (let n = 0, to = at; n < count; n++, to += stride) words[to] = kept[n]!;
      }
    }
    into.count = this.rows;
  }

  private wantedOf(only: readonly FlowColumn[]): Uint8Array {
    const known = this.wanted.get(only);
    if (known) return known;
    const names = new Set(only);
    const wanted = Uint8Array.from([...this.byColumn].flatMap(([name, lanes]) => lanes.map(() => +names.has(name))));
    this.wanted.set(only, wanted);
    return wanted;
  }
}
