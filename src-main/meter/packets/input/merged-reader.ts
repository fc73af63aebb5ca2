/**
 * Several inputs as one capture. Inputs whose times do not overlap follow each other without a copy; where they
 * do overlap, packets are merged by time. Inputs are opened when their first packet is due, so that a thousand
 * files of a ring buffer cost no more than two.
 */
import { InputError } from '../errors.ts';
import { BATCH_PACKETS, makePacketBatch, type InputSummary, type PacketBatch, type PacketReader } from '../types.ts';
import type { CaptureInput } from './capture-input.ts';

/** An input that was looked at: when it begins, and how to open it (again). */
export interface PendingInput {
  index: number;
  path: string;
  sec: number;
  nano: number;
  /** Bytes on disk, NaN when unknown. */
  total: number;
  open(): Promise<CaptureInput>;
  /** Gives up what is open already, when it is not going to be read. */
  discard(): Promise<void>;
}

interface Active {
  input: CaptureInput;
  batch: PacketBatch;
  row: number;
}

const MERGE_BYTES = 4 * 1024 * 1024;

function isEarlier(secA: number, nanoA: number, secB: number, nanoB: number): boolean {
  return secA < secB || (secA === secB && nanoA < nanoB);
}

function headIsEarlier(a: Active, b: Active): boolean {
  const x = a.batch.columns;
  const y = b.batch.columns;
  return isEarlier(x.sec[a.row]!, x.nano[a.row]!, y.sec[b.row]!, y.nano[b.row]!);
}

export class MergedReader implements PacketReader {
  private readonly pending: PendingInput[];
  private readonly active: Active[] = [];
  private readonly owners = new WeakMap<PacketBatch, CaptureInput>();
  private readonly opened: (CaptureInput | undefined)[] = [];
  private readonly unreadable: (InputSummary | undefined)[] = [];
  private readonly spare: PacketBatch[] = [];
  private readonly shared: boolean;
  private readonly total: number;
  private packets = 0;

  /** `pending` in any order. `shared`: merged packets are laid in shared memory. */
  constructor(pending: readonly PendingInput[], shared: boolean) {
    this.pending = [...pending].sort((a, b) => a.sec - b.sec || a.nano - b.nano || a.index - b.index);
    this.shared = shared;
    this.total = pending.reduce((sum, input) => sum + input.total, 0);
  }

  /** Lists an input that was left out. */
  addUnreadable(index: number, path: string, error: InputError): void {
    this.unreadable[index] = {
      path,
      sha256: '',
      format: '',
      linkTypes: [],
      packets: 0,
      bytes: 0,
      firstSec: 0,
      firstNano: 0,
      lastSec: 0,
      lastNano: 0,
      warnings: [{ code: 'unreadable-input', message: error.message, offset: 0, count: 1 }],
    };
  }

  async read(): Promise<PacketBatch | null> {
    await this.activateDue();
    const [only] = this.active;
    if (!only) return null;
    const batch = this.active.length === 1 && only.row === 0 ? await this.passOn(only) : await this.merge();
    batch.first = this.packets;
    this.packets += batch.count;
    return batch;
  }

  /** Opens every input that begins before what is at hand has ended. */
  private async activateDue(): Promise<void> {
    for (;;) {
      const [next] = this.pending;
      if (!next) return;
      const isDue = this.active.length === 0 || this.active.some((a) => this.reaches(a, next));
      if (!isDue) return;
      this.pending.shift();
      const input = await this.open(next);
      if (input) await this.advance({ input, batch: makePacketBatch(new Uint8Array(0), 1), row: 0 }, true);
    }
  }

  /** An input that has become unreadable since it was looked at is left out, like those that were at once. */
  private async open(next: PendingInput): Promise<CaptureInput | null> {
    try {
      const input = await next.open();
      this.opened[next.index] = input;
      return input;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.addUnreadable(next.index, next.path, error);
      return null;
    }
  }

  private reaches(a: Active, next: PendingInput): boolean {
    const { sec, nano } = a.batch.columns;
    for (let i = a.row; i < a.batch.count; i++) {
      if (isEarlier(next.sec, next.nano, sec[i]!, nano[i]!)) return true;
    }
    return false;
  }

  /** Fetches the next batch of an input; the input leaves the active ones at its end. */
  private async advance(entry: Active, isNew: boolean): Promise<void> {
    const batch = await entry.input.read();
    const at = this.active.indexOf(entry);
    if (batch) {
      entry.batch = batch;
      entry.row = 0;
      if (isNew) this.active.push(entry);
    } else if (at >= 0) {
      this.active.splice(at, 1);
    }
  }

  private async passOn(entry: Active): Promise<PacketBatch> {
    const { batch } = entry;
    this.owners.set(batch, entry.input);
    await this.advance(entry, false);
    return batch;
  }

  private earliest(): Active | undefined {
    let best = this.active[0];
    for (const entry of this.active) {
      if (best && headIsEarlier(entry, best)) best = entry;
    }
    return best;
  }

  private async merge(): Promise<PacketBatch> {
    const into = this.spare.pop() ?? this.makeMerged();
    into.count = 0;
    let used = 0;
    while (into.count < BATCH_PACKETS) {
      const entry = this.earliest();
      if (!entry) break;
      const captured = entry.batch.columns.captured[entry.row]!;
      if (used + captured > into.data.length) break;
      used = copyPacket(entry, into, used);
      if (++entry.row < entry.batch.count) continue;
      entry.input.release(entry.batch);
      await this.advance(entry, false);
      await this.activateDue();
      if (this.active.length < 2) break;
    }
    return into;
  }

  private makeMerged(): PacketBatch {
    const buffer = this.shared ? new SharedArrayBuffer(MERGE_BYTES) : new ArrayBuffer(MERGE_BYTES);
    return makePacketBatch(new Uint8Array(buffer));
  }

  release(batch: PacketBatch): void {
    const owner = this.owners.get(batch);
    this.owners.delete(batch);
    if (owner) owner.release(batch);
    else this.spare.push(batch);
  }

  progress(): { bytes: number; total: number } {
    let bytes = 0;
    for (const input of this.opened) bytes += input?.raw.consumed ?? 0;
    return { bytes, total: this.total };
  }

  summaries(): InputSummary[] {
    const length = Math.max(this.opened.length, this.unreadable.length);
    return Array.from({ length }, (_, i) => this.unreadable[i] ?? this.opened[i]?.describe()).filter(
      (s) => s !== undefined,
    );
  }

  async close(): Promise<void> {
    for (const input of this.opened) await input?.close();
    for (const input of this.pending) await input.discard();
    this.active.length = 0;
    this.pending.length = 0;
  }
}

/** Copies the packet at the entry's row behind `used` bytes of `into`; gives the bytes used then. */
function copyPacket(entry: Active, into: PacketBatch, used: number): number {
  const from = entry.batch.columns;
  const to = into.columns;
  const { row } = entry;
  const at = into.count++;
  const start = from.offset[row]!;
  const captured = from.captured[row]!;
  into.data.set(entry.batch.data.subarray(start, start + captured), used);
  to.offset[at] = used;
  to.captured[at] = captured;
  to.wire[at] = from.wire[row]!;
  to.sec[at] = from.sec[row]!;
  to.nano[at] = from.nano[row]!;
  to.link[at] = from.link[row]!;
  to.iface[at] = from.iface[row]!;
  to.fileOffset[at] = from.fileOffset[row]!;
  to.input[at] = from.input[row]!;
  return used + captured;
}
