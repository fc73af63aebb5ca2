/**
 * The last packets, as pcapng files in a folder: bounded by size, by time and by number of files, so that an alert can
 * be followed to its packets. Encoding happens in `add`, writing beside it: a slow disk costs the ring packets, which
 * it counts, and never the capture. Only whole blocks are written: what a crash leaves can be read, and a write that
 * the disk had no room for is taken back.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { BATCH_PACKETS, type PacketBatch } from '../../packets/types.ts';
import { BlockBuffer, sectionBlock } from './encode.ts';
import { adoptFiles, removeFile, ringPath, type RingFile } from './files.ts';

export type RingNoticeCode = 'ring-disk-full' | 'ring-resumed' | 'ring-behind' | 'ring-failed';

export interface RingOptions {
  directory: string;
  /** Bytes of all files together (default 1 GiB), and of one (default a sixteenth of that, 64 MiB at most). */
  totalBytes?: number;
  fileBytes?: number;
  /** Seconds of packet time that a file spans (default 300), and that are kept (default: no bound). */
  fileSeconds?: number;
  keepSeconds?: number;
  /** Files (default 1000). */
  files?: number;
  /** Named in each file. */
  program: string;
  onNotice: (code: RingNoticeCode, message: string) => void;
}

export interface RingStatistics {
  /** Packets on disk or on their way; packets that the ring could not take. */
  packets: number;
  skipped: number;
  bytes: number;
  files: number;
  state: 'writing' | 'disk-full' | 'failed';
}

type Task = { kind: 'write'; buffer: BlockBuffer } | { kind: 'begin'; firstSec: number };

const BUFFER_BYTES = 1 << 20;
const BUFFERS = 8;
const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export class PacketRing {
  private readonly options: Required<Omit<RingOptions, 'keepSeconds'>> & { keepSeconds: number };
  private saidStuck = false;
  private readonly kept: RingFile[];
  private readonly free: BlockBuffer[] = [];
  private readonly tasks: Task[] = [];
  private readonly links = new Map<number, number>();
  private made = 0;
  private buffer: BlockBuffer | undefined;
  private working: Promise<void> | undefined;
  private handle: FileHandle | undefined;
  private number: number;
  private planned = 0;
  private plannedFirst = 0;
  private packets = 0;
  private skipped = 0;
  private behind = false;
  private state: RingStatistics['state'] = 'writing';

  private constructor(options: RingOptions, found: RingFile[]) {
    const totalBytes = Math.max(4 * MIB, options.totalBytes ?? GIB);
    this.options = {
      fileSeconds: 300,
      keepSeconds: Infinity,
      files: 1000,
      ...options,
      totalBytes,
      fileBytes: Math.max(BUFFER_BYTES, Math.min(options.fileBytes ?? 64 * MIB, totalBytes / 2)),
    };
    this.kept = found;
    this.number = (found.at(-1)?.number ?? 0) + 1;
  }

  /** @throws what the system says where the folder cannot be made or read */
  static async open(options: RingOptions): Promise<PacketRing> {
    return new PacketRing(options, await adoptFiles(options.directory));
  }

  /** Takes a batch's packets; of each the first `kept[row]` bytes, where given. The batch is free again on return. */
  add(batch: PacketBatch, kept?: Uint32Array): void {
    const { captured, link, sec } = batch.columns;
    const count = Math.min(batch.count, BATCH_PACKETS);
    for (let row = 0; row < count; row++) {
      const length = Math.min(captured[row]!, kept?.[row] ?? captured[row]!);
      this.rotate(sec[row]!);
      const buffer = this.room(length);
      if (!buffer) {
        this.skipped++;
        continue;
      }
      buffer.putPacket(batch, row, length, this.interfaceOf(link[row]!, buffer));
      this.planned += 32 + length;
      this.packets++;
    }
  }

  /** Call it every second: writes what waits, so that a crash costs no more than a second. */
  tick(): void {
    this.flush();
  }

  statistics(): RingStatistics {
    const { packets, skipped, state } = this;
    return {
      packets,
      skipped,
      state,
      bytes: this.kept.reduce((sum, { bytes }) => sum + bytes, 0),
      files: this.kept.length,
    };
  }

  /** Files that may hold packets of this stretch of time (seconds since 1970 UTC), oldest first. */
  filesOf(fromSec: number, toSec: number): string[] {
    return this.kept.filter((file) => file.firstSec <= toSec && file.lastSec >= fromSec).map(({ path }) => path);
  }

  /** All files, oldest first. */
  files(): readonly RingFile[] {
    return this.kept;
  }

  /** Writes what waits, and waits until it is. */
  async flushed(): Promise<void> {
    do {
      this.flush();
      await this.working;
    } while (this.tasks.length > 0);
  }

  /** What waits is written first. */
  async close(): Promise<void> {
    await this.flushed();
    await this.handle?.close();
    this.handle = undefined;
  }

  private rotate(sec: number): void {
    const { fileBytes, fileSeconds } = this.options;
    const isFirst = this.plannedFirst === 0;
    if (!isFirst && this.planned < fileBytes && sec - this.plannedFirst < fileSeconds) return;
    this.flush();
    this.planned = 0;
    this.plannedFirst = Math.max(1, sec);
    this.links.clear();
    this.tasks.push({ kind: 'begin', firstSec: sec });
  }

  private interfaceOf(link: number, buffer: BlockBuffer): number {
    let number = this.links.get(link);
    if (number === undefined) {
      number = this.links.size;
      this.links.set(link, number);
      buffer.putInterface(link);
    }
    return number;
  }

  private room(length: number): BlockBuffer | undefined {
    if (this.buffer && !this.buffer.fits(length)) this.flush();
    if (this.buffer) return this.buffer;
    this.buffer = this.free.pop();
    if (!this.buffer && this.made < BUFFERS) {
      this.made++;
      this.buffer = new BlockBuffer(BUFFER_BYTES);
    }
    if (!this.buffer && !this.behind) {
      this.options.onNotice('ring-behind', 'The disk is too slow for the packet ring: it has gaps.');
    }
    this.behind = !this.buffer;
    return this.buffer;
  }

  private flush(): void {
    const { buffer } = this;
    if (buffer && buffer.length > 0) {
      this.buffer = undefined;
      this.tasks.push({ kind: 'write', buffer });
    }
    if (!this.working && this.tasks.length > 0) this.working = this.work().finally(() => (this.working = undefined));
  }

  private async work(): Promise<void> {
    for (let task = this.tasks.shift(); task; task = this.tasks.shift()) {
      if (task.kind === 'begin') await this.begin(task.firstSec);
      else await this.write(task.buffer);
    }
  }

  /** Opens the next file. Where that fails, what would go into it is lost, and the next one is tried. */
  private async begin(firstSec: number): Promise<void> {
    await this.handle?.close().catch(() => undefined);
    this.handle = undefined;
    await this.prune(firstSec);
    const path = ringPath(this.options.directory, this.number, firstSec);
    try {
      // Exclusive: neither a link that waits there nor a file of that name is written to.
      this.handle = await open(path, 'wx', 0o600);
    } catch (error) {
      return this.failed(error);
    }
    this.kept.push({ path, number: this.number++, bytes: 0, firstSec, lastSec: firstSec });
    if (!(await this.appendOrMakeRoom(sectionBlock(this.options.program)))) await this.abandon();
  }

  /** Gives the current file up: what comes until the next one begins would name interfaces that it lacks. */
  private async abandon(): Promise<void> {
    await this.handle?.close().catch(() => undefined);
    this.handle = undefined;
    this.planned = Infinity;
    const file = this.kept.at(-1);
    if (file?.bytes === 0 && (await removeFile(file.path))) this.kept.pop();
  }

  private async write(buffer: BlockBuffer): Promise<void> {
    const { bytes, length, lastSec } = buffer;
    const written = this.handle !== undefined && (await this.appendOrMakeRoom(bytes.subarray(0, length)));
    const file = this.kept.at(-1);
    if (written && file) {
      file.lastSec = Math.max(file.lastSec, lastSec);
    } else {
      this.skipped += buffer.packets;
      this.packets -= buffer.packets;
      await this.abandon();
    }
    buffer.clear();
    this.free.push(buffer);
  }

  private async appendOrMakeRoom(bytes: Uint8Array): Promise<boolean> {
    for (;;) {
      if (await this.append(bytes)) {
        if (this.state !== 'writing') this.options.onNotice('ring-resumed', 'The packet ring is written again.');
        this.state = 'writing';
        return true;
      }
      const oldest = this.kept.length > 1 ? this.kept[0] : undefined;
      const text = oldest ? 'it keeps fewer packets than it should' : 'packets are analysed, but not kept';
      this.fail(`The disk of the packet ring is full: ${text}.`, 'ring-disk-full', 'disk-full');
      if (!oldest || !(await removeFile(oldest.path))) return false;
      this.kept.shift();
    }
  }

  /** Writes all of it at the file's end, or nothing. */
  private async append(bytes: Uint8Array): Promise<boolean> {
    const file = this.kept.at(-1);
    const { handle } = this;
    if (!handle || !file) return false;
    try {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, file.bytes + done);
        done += bytesWritten;
      }
      file.bytes += bytes.length;
      return true;
    } catch (error) {
      await handle.truncate(file.bytes).catch(() => undefined);
      if (!isFull(error)) this.failed(error);
      return false;
    }
  }

  private async prune(now: number): Promise<void> {
    const { totalBytes, fileBytes, files, keepSeconds } = this.options;
    let total = this.kept.reduce((sum, { bytes }) => sum + bytes, 0);
    for (let oldest = this.kept[0]; oldest; oldest = this.kept[0]) {
      const fits = total + fileBytes <= totalBytes && this.kept.length < files && now - oldest.lastSec <= keepSeconds;
      if (fits) return;
      if (!(await removeFile(oldest.path))) this.stuck(oldest.path);
      total -= oldest.bytes;
      this.kept.shift();
    }
  }

  /** A file that cannot be removed stays, and is counted no more: what comes after it must still go in its time. */
  private stuck(path: string): void {
    if (!this.saidStuck)
      this.options.onNotice('ring-failed', `An old file of the packet ring cannot be removed: ${path}`);
    this.saidStuck = true;
  }

  private failed(error: unknown): void {
    if (isFull(error)) return this.fail('The disk of the packet ring is full.', 'ring-disk-full', 'disk-full');
    const said = error instanceof Error ? error.message : String(error);
    this.fail(`The packet ring cannot be written: ${said}`, 'ring-failed', 'failed');
  }

  private fail(message: string, code: RingNoticeCode, state: 'disk-full' | 'failed'): void {
    if (this.state !== state) this.options.onNotice(code, message);
    this.state = state;
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && FULL.has(error.code);
}
