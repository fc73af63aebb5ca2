/**
 * Every flow of a run, in the order they ended, in bounded memory: full chunks beyond the first few go to an unlinked
 * temporary file and are read back in turn. A disk that is full costs memory, not flows.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bufferOf, makeColumns } from '../../meter/columns.ts';
import { flowSchema, makeFlowBatch, type FlowBatch, type FlowMeta } from '../../meter/flows/types.ts';

export const CHUNK_ROWS = 16_384;
/** Chunks kept in memory before spilling starts: about 50 MB of flows. */
const IN_MEMORY = 8;

interface Spilled {
  rows: number;
  columnsAt: number;
  columnsBytes: number;
  metaAt: number;
  metaBytes: number;
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
  private current = makeFlowBatch(CHUNK_ROWS);
  private readonly chunks: (FlowBatch | Spilled)[] = [];
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

  /** All flows, chunk by chunk; a chunk is valid until the next is asked for. */
  *batches(): Generator<FlowBatch> {
    for (const chunk of this.chunks) yield 'columns' in chunk ? chunk : this.load(chunk);
    if (this.current.count > 0) yield this.current;
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private seal(): void {
    const full = this.current;
    if (this.chunks.length >= this.most) {
      const oldest = this.chunks.shift();
      if (oldest && 'columns' in oldest) {
        this.forgotten += oldest.count;
        oldest.count = 0;
        oldest.meta = [];
        this.current = oldest;
        this.chunks.push(full);
        return;
      }
    }
    this.chunks.push((this.chunks.length >= IN_MEMORY && this.canSpill && this.spill(full)) || full);
    if (this.chunks.at(-1) === full) this.current = makeFlowBatch(CHUNK_ROWS);
    else {
      full.count = 0;
      full.meta = [];
    }
  }

  private spill(chunk: FlowBatch): Spilled | undefined {
    try {
      this.file ??= openUnlinked();
      const columns = new Uint8Array(bufferOf(chunk.columns));
      const meta = Buffer.from(JSON.stringify(chunk.meta, (_, value: unknown) => value ?? null));
      const columnsAt = this.write(columns);
      const metaAt = this.write(meta);
      return { rows: chunk.count, columnsAt, columnsBytes: columns.length, metaAt, metaBytes: meta.length };
    } catch {
      this.canSpill = false;
      return undefined;
    }
  }

  private write(bytes: Uint8Array): number {
    const at = this.end;
    for (let done = 0; done < bytes.length;) done += writeSync(this.file!, bytes, done, bytes.length - done, at + done);
    this.end = at + bytes.length;
    return at;
  }

  private load(spilled: Spilled): FlowBatch {
    const buffer = new ArrayBuffer(spilled.columnsBytes);
    this.readInto(new Uint8Array(buffer), spilled.columnsAt);
    const text = new Uint8Array(spilled.metaBytes);
    this.readInto(text, spilled.metaAt);
    const meta = JSON.parse(Buffer.from(text).toString()) as (FlowMeta | null)[];
    return {
      count: spilled.rows,
      capacity: CHUNK_ROWS,
      columns: makeColumns(flowSchema, CHUNK_ROWS, buffer),
      meta: meta.map((m) => m ?? undefined),
    };
  }

  private readInto(bytes: Uint8Array, at: number): void {
    for (let done = 0; done < bytes.length;) {
      const got = readSync(this.file!, bytes, done, bytes.length - done, at + done);
      if (got === 0) throw new Error('the temporary file of flows ended early');
      done += got;
    }
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
