/**
 * Lines to the end of a file that is begun anew when it has grown too large or too old. `FILE` is always the current one;
 * `FILE.1` is the one before it, and so on: a fixed number of them. A disk that is full costs lines, never the program, and
 * never half a line.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';

export interface RotationLimits {
  /** Bytes from which on a file is put aside. */
  maxBytes: number;
  /** Seconds from which on it is, counted from when it was begun; Infinity: however old. */
  maxSeconds: number;
  /** Files kept in all, the current one among them (at least 1). */
  files: number;
}

/** After a failure, writing is tried again this often, ms. */
const RETRY_MS = 5000;
const NEWLINE = 0x0a;

export class RotatingFile {
  /** Lines that could not be written since writing failed. */
  lost = 0;
  private readonly path: string;
  private readonly limits: RotationLimits;
  private readonly now: () => number;
  private readonly onTrouble: (error: Error | null, lost: number) => void;
  private file: number | undefined;
  private size = 0;
  private begun = 0;
  private failedAt = Number.NEGATIVE_INFINITY;
  private failing = false;

  /**
   * `now`: milliseconds since 1970. `onTrouble`: told when writing fails for the first time, and, with null and the number of
   * lines that were lost, when it works again.
   */
  constructor(
    path: string,
    limits: RotationLimits,
    now: () => number,
    onTrouble: (error: Error | null, lost: number) => void,
  ) {
    this.path = path;
    this.limits = limits;
    this.now = now;
    this.onTrouble = onTrouble;
  }

  /** Opens the file, which goes on where it is there already. @throws the system's error */
  open(): void {
    this.file = openSync(this.path, 'a+');
    const { size, birthtimeMs } = fstatSync(this.file);
    this.size = size;
    this.begun = size === 0 ? this.now() : Math.min(this.now(), birthtimeMs || this.now());
    this.mendEnd();
  }

  /** A killed program may have left half a line. */
  private mendEnd(): void {
    if (this.size === 0 || this.file === undefined) return;
    const last = Buffer.alloc(1);
    readSync(this.file, last, 0, 1, this.size - 1);
    if (last[0] !== NEWLINE) this.size += writeSync(this.file, '\n');
  }

  /** Appends `text`, whole lines, of which there are `lines`. */
  append(text: string, lines = 1): void {
    if (this.failing && this.now() - this.failedAt < RETRY_MS) {
      this.lost += lines;
      return;
    }
    try {
      this.write(Buffer.from(text));
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)), lines);
      return;
    }
    if (!this.failing) return;
    this.failing = false;
    this.onTrouble(null, this.lost);
    this.lost = 0;
  }

  private fail(error: Error, lines: number): void {
    this.lost += lines;
    this.failedAt = this.now();
    // The next try opens it anew: it may lie elsewhere by then.
    this.close();
    if (this.failing) return;
    this.failing = true;
    this.onTrouble(error, 0);
  }

  private write(bytes: Buffer): void {
    if (this.file === undefined) this.open();
    if (this.isDue(bytes.length)) this.rotate();
    const file = this.file!;
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(file, bytes, done);
    } catch (error) {
      // What was written of it is taken back: a reader never meets half a line.
      if (done > 0) ftruncateSync(file, this.size);
      throw error;
    }
    this.size += bytes.length;
  }

  private isDue(bytes: number): boolean {
    if (this.size === 0) return false;
    const { maxBytes, maxSeconds } = this.limits;
    return this.size + bytes > maxBytes || this.now() - this.begun >= maxSeconds * 1000;
  }

  private rotate(): void {
    const { files } = this.limits;
    this.close();
    if (files <= 1) rmSync(this.path, { force: true });
    else {
      rmSync(`${this.path}.${files - 1}`, { force: true });
      for (let i = files - 2; i >= 1; i--) move(`${this.path}.${i}`, `${this.path}.${i + 1}`);
      renameSync(this.path, `${this.path}.1`);
    }
    this.open();
    this.begun = this.now();
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }
}

function move(from: string, to: string): void {
  if (statSync(from, { throwIfNoEntry: false })) renameSync(from, to);
}
