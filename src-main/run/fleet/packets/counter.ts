/** A sensor's counter for packets: answers what desks that it knows ask of it, refuses everybody else, and counts both. */
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyObject } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Answerer } from '../types.ts';
import { AnswerWriter, PIECE, type AnswerEnd } from './answer.ts';
import { AskReader, type KnownDesk, type PacketsAsk, type Refusal } from './ask.ts';
import { cutInThread } from './cutting.ts';

/** While packets are looked for, it says so this often, ms: who asks does not give up. */
const ALIVE_MS = 2000;
/** Of refusals it is told this often at most, ms; all are counted. */
const TOLD_MS = 10_000;

export interface CounterOptions {
  sensor: string;
  /** The sensor's own, which signs answers. */
  key: KeyObject;
  /** Who may ask, by public key. */
  desks: ReadonlyMap<string, KnownDesk>;
  /** Bytes of one answer at most. */
  most: number;
  /** Files that may have packets of this time (seconds), oldest first. */
  filesOf(from: number, to: number): readonly string[];
  /** Told of each answer, for who runs the sensor; undefined why: it was handed out. */
  onAnswer(text: string, why?: Refusal): void;
  /** ms since 1970 UTC (for tests). */
  now?: () => number;
}

export interface CounterCounts {
  answered: number;
  /** Requests that were not answered, by reason. */
  refused: Record<string, number>;
}

export class PacketCounter {
  readonly counts: CounterCounts = { answered: 0, refused: {} };
  private readonly options: CounterOptions;
  private readonly reader: AskReader;
  private refusalTold = Number.NEGATIVE_INFINITY;
  private readonly folder = mkdtempSync(join(tmpdir(), 'sonde-packets-'));

  constructor(options: CounterOptions) {
    this.options = options;
    this.reader = new AskReader(options.sensor, options.desks, options.now);
  }

  /** For `Transport.serve`: what fails here is told to who asked, and ends nothing. */
  readonly answer: Answerer = (request, signal) => this.answerOne(request, signal);

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async *answerOne(request: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const writer = new AnswerWriter(request, this.options.key);
    const read = this.reader.read(request);
    if (!read.ask) {
      yield this.refuse(writer, read.fault, `A request for packets was refused: ${read.fault}.`);
      return;
    }
    const { ask, desk } = read;
    const out = join(this.folder, `${ask.nonce}.pcapng`);
    try {
      const looking = this.look(ask, out, signal);
      // Nobody waits for it below once it has failed.
      looking.catch(() => undefined);
      while (await isGoingOn(looking)) yield writer.alive();
      const end = await looking;
      if (end.bytes > 0) yield* pieces(out, writer);
      this.counts.answered++;
      this.options.onAnswer(`${end.packets} packets (${end.bytes} bytes) were handed out to ${desk}.`);
      yield writer.end(end);
    } catch (error) {
      // A server that is lost is not ours to tell of.
      if (error instanceof SondeError && error.code === 'connection-lost') throw error;
      const said = error instanceof Error ? error.message : String(error);
      yield this.refuse(writer, 'failed', `Packets for ${desk} could not be read: ${said}`);
    } finally {
      rmSync(out, { force: true });
    }
  }

  private async look(ask: PacketsAsk, out: string, signal: AbortSignal, isAgain = false): Promise<AnswerEnd> {
    const { sensor, filesOf, most } = this.options;
    const paths = filesOf(ask.from, ask.to);
    if (paths.length === 0) return { packets: 0, bytes: 0, more: false };
    const bytes = Math.min(ask.bytes, most);
    try {
      const cut = { paths, wanted: ask, packets: ask.packets, bytes, comment: `Packets of sensor ${sensor}`, out };
      return await cutInThread(cut, signal);
    } catch (error) {
      // The oldest file of a ring goes when a new one is begun.
      if (isAgain || signal.aborted) throw error;
      return this.look(ask, out, signal, true);
    }
  }

  private refuse(writer: AnswerWriter, why: Refusal, text: string): Uint8Array {
    const { refused } = this.counts;
    refused[why] = (refused[why] ?? 0) + 1;
    const now = performance.now();
    // Whoever floods it with requests does not flood its log.
    if (why === 'failed' || now - this.refusalTold >= TOLD_MS) {
      this.refusalTold = now;
      this.options.onAnswer(text, why);
    }
    return writer.refused(why);
  }
}

async function isGoingOn(work: Promise<unknown>): Promise<boolean> {
  const stop = new AbortController();
  const later = wait(ALIVE_MS, true, { signal: stop.signal }).catch(() => false);
  const done = work.then(
    () => false,
    () => false,
  );
  const goesOn = await Promise.race([later, done]);
  stop.abort();
  return goesOn;
}

async function* pieces(path: string, writer: AnswerWriter): AsyncIterable<Uint8Array> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(PIECE);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, PIECE);
      if (bytesRead === 0) return;
      yield writer.piece(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
