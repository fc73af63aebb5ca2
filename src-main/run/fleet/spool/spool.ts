/**
 * Batches that wait for the server, in order: the newest in memory, older ones in files when there are many. Bounded; who
 * adds asks first whether there is room. Files that a process left when it died are found again by the next one.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SondeError } from '../../../../src-shared/errors.ts';
import { HEAD, readSegment, writeSegment, type Waiting } from './segment.ts';

const NAME = /^(\d{12})\.spool$/;
const DIGITS = 12;

export interface SpoolOptions {
  /** Absent: memory only. */
  folder?: string | undefined;
  /** Bytes in files at most. */
  disk: number;
  /** Bytes in memory, beyond which they go to a file. */
  memory: number;
}

interface File {
  path: string;
  bytes: number;
  /** How many batches; not known of files found, until they are read. */
  batches: number | undefined;
}

/** What it takes in a file. */
const costOf = ({ stream, body }: Waiting): number => body.length + stream.length + HEAD;

export class Spool {
  private readonly options: SpoolOptions;
  /** Oldest first. */
  private files: File[] = [];
  /** What is left of the oldest file, once it was read. */
  private head: Waiting[] | undefined;
  private memory: Waiting[] = [];
  private memoryBytes = 0;
  private next = 1;
  private failed = '';
  /** Files that were damaged and passed over. */
  damaged = 0;

  /** @throws SondeError when the folder cannot be used. */
  constructor(options: SpoolOptions) {
    this.options = options;
    if (options.folder !== undefined) this.find(options.folder);
  }

  private find(folder: string): void {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      for (const name of readdirSync(folder).sort()) {
        const number = NAME.exec(name)?.[1];
        if (number === undefined) continue;
        const path = join(folder, name);
        this.files.push({ path, bytes: statSync(path).size, batches: undefined });
        this.next = Number(number) + 1;
      }
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      throw new SondeError('usage', `--spool ${folder}: cannot be used (${said})`, '--spool', 'Name another folder.');
    }
  }

  get isEmpty(): boolean {
    return this.files.length === 0 && this.memory.length === 0;
  }

  /** Why files cannot be written; '' where they can. */
  get failure(): string {
    return this.failed;
  }

  get ceiling(): number {
    return this.options.memory + (this.options.folder === undefined ? 0 : this.options.disk);
  }

  /** What waits; batches of files that an earlier process left count as one each until they are read. */
  get size(): { batches: number; bytes: number } {
    const onDisk = this.files.reduce((sum, { bytes }) => sum + bytes, 0);
    const inFiles = this.files.reduce(
      (sum, file, i) => sum + (i === 0 && this.head ? this.head.length : (file.batches ?? 1)),
      0,
    );
    return { batches: inFiles + this.memory.length, bytes: onDisk + this.memoryBytes };
  }

  /** Whether so many bytes more may be added. */
  hasRoom(bytes: number): boolean {
    const isHeld = this.memoryBytes + bytes <= this.options.memory;
    if (!isHeld && (this.options.folder === undefined || this.failed !== '')) return false;
    return this.size.bytes + bytes <= this.ceiling;
  }

  add(item: Waiting): void {
    const { memory } = this.options;
    if (this.memory.length > 0 && this.memoryBytes + costOf(item) > memory) this.store();
    this.memory.push(item);
    this.memoryBytes += costOf(item);
  }

  /** The oldest so many, which stay until they are dropped. */
  peek(count: number): readonly Waiting[] {
    while (this.files.length > 0) {
      this.head ??= this.read(this.files[0]!);
      if (this.head.length > 0) return this.head.slice(0, count);
      this.dropFile();
    }
    return this.memory.slice(0, count);
  }

  /** Lets go of the oldest so many of those that `peek` gave. */
  drop(count: number): void {
    if (this.head) {
      this.head.splice(0, count);
      if (this.head.length === 0) this.dropFile();
      return;
    }
    for (const item of this.memory.splice(0, count)) this.memoryBytes -= costOf(item);
  }

  /** Writes what is in memory to a file, for the next process; how many batches are lost where there is none. */
  close(): number {
    if (this.memory.length === 0) return 0;
    if (this.options.folder !== undefined) this.store();
    return this.memory.length;
  }

  private store(): void {
    const { folder } = this.options;
    if (folder === undefined || this.memory.length === 0) return;
    const path = join(folder, `${String(this.next).padStart(DIGITS, '0')}.spool`);
    try {
      const bytes = writeSegment(this.memory);
      writeFileSync(`${path}.new`, bytes, { mode: 0o600 });
      renameSync(`${path}.new`, path);
      this.files.push({ path, bytes: bytes.length, batches: this.memory.length });
    } catch (error) {
      this.failed = error instanceof Error ? error.message : String(error);
      rmSync(`${path}.new`, { force: true });
      return;
    }
    this.next++;
    this.failed = '';
    this.memory = [];
    this.memoryBytes = 0;
  }

  private read({ path }: File): Waiting[] {
    try {
      const found = readSegment(readFileSync(path));
      if (found) return found;
    } catch {
      // Counted below, as damage is.
    }
    this.damaged++;
    return [];
  }

  private dropFile(): void {
    const file = this.files.shift();
    if (file) rmSync(file.path, { force: true });
    this.head = undefined;
  }
}
