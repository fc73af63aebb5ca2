/**
 * Every flow of a run, in the order they ended, in bounded memory: full chunks are packed, and what does not fit into the
 * memory for them goes to an unlinked temporary file, to be read back in turn. A disk that is full costs memory, not flows.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flowSchema, makeFlowBatch, type FlowBatch, type FlowMeta } from '../../meter/flows/types.ts';
import { FlowPacker, type FlowColumn, type PackedFlows } from './packed-flows.ts';

export const CHUNK_ROWS = 16_384;
/** Bytes of packed columns kept in memory before they go to the file; chunks whose metadata stay there as objects. */
const COLUMNS_IN_MEMORY = 64 * 1024 * 1024;
const META_IN_MEMORY = 8;

type Metas = (FlowMeta | undefined)[];

/** Bytes of the temporary file. */
interface Place {
  at: number;
  length: number;
}

interface Chunk {
  packed: Omit<PackedFlows, 'bytes'>;
  columns: Uint8Array | Place;
  /** Null: of none of these flows anything was learned. */
  meta: Metas | Place | null;
}

const widths = Object.values(flowSchema).map((c) => (typeof c === 'string' ? 1 : c[1]));
const names = Object.keys(flowSchema) as (keyof typeof flowSchema)[];

/** Appends rows to a batch that has room for them. */
export function copyRows(from: FlowBatch, start: number, count: number, to: FlowBatch): void {
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const width = widths[i]!;
    const part = from.columns[name].subarray(start * width, (start + count) * width);
    (to.columns[name] as Uint8Array).set(part as Uint8Array, to.count * width);
  }
  for (let row = 0; row < count; row++) to.meta[to.count + row] = from.meta[start + row];
  to.count += count;
}

export class FlowLog {
  /** Flows appended so far. */
  size = 0;
  /** Of these, the oldest that are kept no longer. */
  forgotten = 0;
  private readonly current = makeFlowBatch(CHUNK_ROWS);
  private readonly packer = new FlowPacker(this.current);
  private readonly chunks: Chunk[] = [];
  /** Bytes of packed columns in memory. */
  private held = 0;
  /** Where a packed chunk is unpacked, while nobody reads it. */
  private spare: FlowBatch | undefined;
  private file: number | undefined;
  private end = 0;
  private canSpill = true;
  private readonly most: number;

  /** `limit`: flows that are kept at least; where there are more, the oldest go, and nothing is written to a disk. */
  constructor(limit = Infinity) {
    this.most = Math.ceil(limit / CHUNK_ROWS);
    if (Number.isFinite(limit)) this.canSpill = false;
  }

  append(batch: FlowBatch): void {
    let start = 0;
    while (start < batch.count) {
      const count = Math.min(batch.count - start, CHUNK_ROWS - this.current.count);
      copyRows(batch, start, count, this.current);
      start += count;
      this.size += count;
      if (this.current.count === CHUNK_ROWS) this.seal();
    }
  }

  /**
   * All flows, chunk by chunk; a chunk is valid until the next is asked for. `only`: with these columns alone, and
   * without metadata: whatever else stands in the chunk is not to be read.
   */
  *batches(only?: readonly FlowColumn[]): Generator<FlowBatch> {
    if (this.chunks.length > 0) yield* this.packed(only);
    if (this.current.count > 0) yield this.current;
  }

  private *packed(only?: readonly FlowColumn[]): Generator<FlowBatch> {
    const into = this.spare ?? makeFlowBatch(CHUNK_ROWS);
    this.spare = undefined;
    try {
      for (const chunk of this.chunks) {
        this.packer.unpack({ ...chunk.packed, bytes: this.bytesOf(chunk.columns) }, into, only);
        into.meta = only ? [] : this.metaOf(chunk.meta);
        yield into;
      }
    } finally {
      into.meta = [];
      this.spare = into;
    }
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private seal(): void {
    if (this.chunks.length >= this.most && this.chunks.shift()) this.forgotten += CHUNK_ROWS;
    const { bytes, ...packed } = this.packer.pack(this.current);
    this.chunks.push({ packed, columns: this.place(bytes), meta: this.placeMeta(this.current.meta) });
    this.current.count = 0;
    this.current.meta = [];
  }

  private place(bytes: Uint8Array): Uint8Array | Place {
    const written = this.held + bytes.length > COLUMNS_IN_MEMORY ? this.spill(bytes) : undefined;
    if (written) return written;
    this.held += bytes.length;
    return bytes;
  }

  private placeMeta(meta: Metas): Metas | Place | null {
    if (!meta.some((one) => one !== undefined)) return null;
    if (this.chunks.length < META_IN_MEMORY || !this.canSpill) return meta;
    return this.spill(Buffer.from(JSON.stringify(meta, (_, value: unknown) => value ?? null))) ?? meta;
  }

  /** Undefined where nothing can be written: what is there stays in memory from now on. */
  private spill(bytes: Uint8Array): Place | undefined {
    if (!this.canSpill) return undefined;
    try {
      this.file ??= openUnlinked();
      const { file, end: at } = this;
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, at + done);
      this.end = at + bytes.length;
      return { at, length: bytes.length };
    } catch {
      this.canSpill = false;
      return undefined;
    }
  }

  private bytesOf(columns: Uint8Array | Place): Uint8Array {
    return columns instanceof Uint8Array ? columns : this.load(columns);
  }

  private metaOf(meta: Metas | Place | null): Metas {
    if (meta === null) return [];
    if (Array.isArray(meta)) return meta;
    const known = JSON.parse(Buffer.from(this.load(meta)).toString()) as (FlowMeta | null)[];
    return known.map((one) => one ?? undefined);
  }

  private load({ at, length }: Place): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const got = readSync(this.file!, bytes, done, length - done, at + done);
      if (got === 0) throw new Error('the temporary file of flows ended early');
      done += got;
    }
    return bytes;
  }
}

/** A file nobody else can open and that vanishes with the process, however it ends. */
function openUnlinked(): number {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-'));
  const path = join(folder, 'flows');
  const file = openSync(path, 'wx+', 0o600);
  try {
    unlinkSync(path);
    rmSync(folder, { recursive: true });
  } catch {
    // Windows keeps open files: the folder then stays until the next clean-up of the temporary directory.
  }
  return file;
}
