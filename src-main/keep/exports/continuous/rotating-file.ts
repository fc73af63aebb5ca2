/**
 * Lines to the end of a file that is begun anew when it has grown too large or too old. `FILE` is always the current one;
 * `FILE.1` is the one before it, and so on: a fixed number of them. A disk that is full costs lines, never the program, and
 * never half a line.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
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

/** Judges what lies at a place before it is written to, put aside or removed: throws where it is not to be, and says whether a link there is refused. */
export type Judge = (path: string) => boolean;

/** For whoever writes to it, and for a group that reads it. */
const MODE = 0o640;
/** Absent on Windows. */
const NO_LINK = (constants as Partial<typeof constants>).O_NOFOLLOW ?? 0;
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
  private readonly judge: Judge;
  private file: number | undefined;
  private size = 0;
  private begun = 0;
  private failedAt = Number.NEGATIVE_INFINITY;
  private failing = false;
  /** It could not be put aside, tried last then: lines go on into it. */
  private stuckAt: number | undefined;

  /**
   * `now`: milliseconds since 1970. `onTrouble`: told when writing fails for the first time, and, with null and the number of
   * lines that were lost, when it works again. `judge`: of the file and of those put aside.
   */
  constructor(
    path: string,
    limits: RotationLimits,
    now: () => number,
    onTrouble: (error: Error | null, lost: number) => void,
    judge: Judge = () => false,
  ) {
    this.path = path;
    this.limits = limits;
    this.now = now;
    this.onTrouble = onTrouble;
    this.judge = judge;
  }

  /** Opens the file, which goes on where it is there already. @throws the system's error, or what is wrong with what is there */
  open(): void {
    this.close();
    const link = this.judge(this.path) ? NO_LINK : 0;
    this.file = openSync(this.path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | link, MODE);
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
    if (this.failing && performance.now() - this.failedAt < RETRY_MS) {
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
    // Whether it can be put aside is told of anew.
    this.stuckAt = undefined;
    this.onTrouble(null, this.lost);
    this.lost = 0;
  }

  private fail(error: Error, lines: number): void {
    this.lost += lines;
    this.failedAt = performance.now();
    // The next try opens it anew: it may lie elsewhere by then.
    this.close();
    if (this.failing) return;
    this.failing = true;
    this.onTrouble(error, 0);
  }

  private write(bytes: Buffer): void {
    if (this.file === undefined) this.open();
    // Others may write to it too.
    this.size = fstatSync(this.file!).size;
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
    if (this.stuckAt !== undefined && performance.now() - this.stuckAt < RETRY_MS) return false;
    // A clock that was set back makes nothing younger.
    this.begun = Math.min(this.begun, this.now());
    const { maxBytes, maxSeconds } = this.limits;
    return this.size + bytes > maxBytes || this.now() - this.begun >= maxSeconds * 1000;
  }

  private rotate(): void {
    this.close();
    try {
      this.putAside();
    } catch (error) {
      this.open();
      const told = this.stuckAt !== undefined || this.failing;
      this.stuckAt = performance.now();
      if (!told) this.onTrouble(new StuckError(error), 0);
      return;
    }
    this.open();
    this.begun = this.now();
    if (this.stuckAt !== undefined && !this.failing) this.onTrouble(null, 0);
    this.stuckAt = undefined;
  }

  /** Up to the first number that is free: where the last step fails again and again, it stays free, and no older file goes. */
  private putAside(): void {
    const { files } = this.limits;
    const aside = (i: number): string => (i === 0 ? this.path : `${this.path}.${i}`);
    let free = 1;
    while (free < files && lstatSync(aside(free), { throwIfNoEntry: false })) free++;
    for (let i = 0; i < Math.min(free, files); i++) this.judge(aside(i));
    if (free >= files) rmSync(aside(files - 1), { force: true });
    for (let i = Math.min(free, files - 1); i >= 1; i--) renameSync(aside(i - 1), aside(i));
  }

  /** What the system says of closing changes nothing about what was written. */
  close(): void {
    const { file } = this;
    this.file = undefined;
    try {
      if (file !== undefined) closeSync(file);
    } catch {
      // It is closed all the same.
    }
  }
}

/** Lines are not lost, but the file grows. */
export class StuckError extends Error {
  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`it cannot be put aside and grows on: ${why}`, { cause });
  }
}
