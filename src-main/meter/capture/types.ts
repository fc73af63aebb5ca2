/** Live packets, whoever captures them: what a source tells, in the order in which it happened. */
import type { PacketBatch } from '../packets/types.ts';

/** `helper` and `dumpcap` give the kernel's timestamps, `cap` those of the program. */
export type CaptureEngine = 'helper' | 'cap' | 'dumpcap';

export interface CaptureStarted {
  interface: string;
  engine: CaptureEngine;
  /** LINKTYPE_ number; null where only the first packet tells. */
  link: number | null;
  snaplen: number;
  kernelTimestamps: boolean;
  /** Of the engine's own account of itself, for the log. */
  detail: string;
}

/** Counts since the start. Null where the engine cannot know. */
export interface CaptureStatistics {
  /** Packets given to the reader. */
  received: number;
  /** Packets that the kernel had no room for in its buffer. */
  droppedKernel: number | null;
  /** Packets that the network device lost before the kernel saw them. */
  droppedInterface: number | null;
  /** Wall clock, UTC: every packet older than this by `LATENCY_NANOS` has been given. Ticks on an idle link too. */
  sec: number;
  nano: number;
  up: boolean;
}

/** How much later than its timestamp a packet may be given, at most: the kernel's batches, ours, and their timers. */
export const LATENCY_NANOS = 50_000_000;

export type NoticeCode = 'interface-down' | 'interface-up' | 'silent' | 'slept';

export type CaptureEnd = 'stopped' | 'interface-gone' | 'failed';

export type CaptureEvent =
  | { kind: 'packets'; batch: PacketBatch }
  | { kind: 'statistics'; statistics: CaptureStatistics }
  /** Something to be said that does not end the capture. */
  | { kind: 'notice'; code: NoticeCode; message: string }
  /** Always the last one; `error` where the reason is not `stopped`. */
  | { kind: 'end'; reason: CaptureEnd; error: CaptureError | null };

export interface CaptureSource {
  readonly started: CaptureStarted;
  /** The next event, when there is one; null after the end. One caller at a time. */
  next(): Promise<CaptureEvent | null>;
  /** Gives a batch's memory back for reuse. */
  release(batch: PacketBatch): void;
  /** Packets that wait for `next`. */
  queued(): number;
  /** The latest. */
  readonly statistics: CaptureStatistics;
  /** Asks for the end: what was captured until then, the last statistics and `end` still come. */
  stop(): void;
  /** Ends at once, if it has not ended, and waits until nothing of it is left. */
  close(): Promise<void>;
}

export type CaptureErrorCode =
  | 'bad-option'
  | 'no-interface'
  | 'interface-down'
  | 'interface-gone'
  | 'bad-filter'
  | 'no-permission'
  | 'no-engine'
  | 'helper-refused'
  | 'helper-version'
  | 'helper-lost'
  | 'capture-failed';

/** Why a capture could not start, or ended. The message says what happened, the cure what to do or type. */
export class CaptureError extends Error {
  readonly code: CaptureErrorCode;
  readonly cure: string;

  constructor(code: CaptureErrorCode, message: string, cure: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CaptureError';
    this.code = code;
    this.cure = cure;
  }
}

export interface CaptureOptions {
  interface: string;
  /** BPF, as tcpdump takes it. */
  filter?: string;
  /** Bytes of a packet, 64 … 262,144 (default). */
  snaplen?: number;
  /** Default true. */
  promiscuous?: boolean;
  /** MiB of the kernel's buffer, 1 … 1024 (default 64). */
  bufferMiB?: number;
}

/** Bounds of options, which the helper checks again. */
export const LIMITS = { filter: 4096, interface: 15, snaplenMin: 64, snaplenMax: 262_144, bufferMax: 1024 } as const;

/** @throws CaptureError `bad-option` */
export function checkOptions(options: CaptureOptions): Required<Omit<CaptureOptions, 'filter'>> & { filter: string } {
  const { filter = '', snaplen = LIMITS.snaplenMax, promiscuous = true, bufferMiB = 64 } = options;
  const refuse = (what: string, cure: string): never => {
    throw new CaptureError('bad-option', what, cure);
  };
  const name = options.interface;
  const nameBytes = Buffer.byteLength(name);
  // Windows names devices at length; elsewhere the kernel's bound holds.
  const longest = process.platform === 'win32' ? 255 : LIMITS.interface;
  if (nameBytes === 0 || nameBytes > longest || /[\0-\x20\x7f]/.test(name)) {
    refuse(`${JSON.stringify(name.slice(0, 64))} is no name of an interface`, 'See: sonde interfaces');
  }
  if (Buffer.byteLength(filter) > LIMITS.filter)
    refuse(`the filter is longer than ${LIMITS.filter} bytes`, 'Shorten it.');
  if (/[\0-\x1f\x7f]/.test(filter)) refuse('the filter has control characters in it', 'Write it on one line.');
  if (!Number.isInteger(snaplen) || snaplen < LIMITS.snaplenMin || snaplen > LIMITS.snaplenMax) {
    refuse(`a snap length of ${snaplen} bytes is out of range`, `Use ${LIMITS.snaplenMin} to ${LIMITS.snaplenMax}.`);
  }
  if (!Number.isInteger(bufferMiB) || bufferMiB < 1 || bufferMiB > LIMITS.bufferMax) {
    refuse(`a buffer of ${bufferMiB} MiB is out of range`, `Use 1 to ${LIMITS.bufferMax}.`);
  }
  return { interface: name, filter, snaplen, promiscuous, bufferMiB };
}
