/** Packets from the capture helper. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { PacketBatch } from '../../packets/types.ts';
import { EventQueue } from '../event-queue.ts';
import {
  CaptureError,
  checkOptions,
  type CaptureOptions,
  type CaptureSource,
  type CaptureStarted,
  type CaptureStatistics,
} from '../types.ts';
import { END, FAILURE, FrameParser, ProtocolError, text, type StartedFrame, type StatisticsFrame } from './protocol.ts';
import { checkTrust } from './trust.ts';

/** Opening a device and compiling a filter; the helper gives up a filter after 5 s itself. */
const START_LIMIT_MS = 10_000;
/** A helper tells how it fares each second; silent for longer than this, it is spoken of. */
const SILENT_MS = 1800;
const STOP_LIMIT_MS = 3000;
/** The wall clock going this far beside the helper's seconds means that the machine slept (or was set). */
const SLEPT_S = 5;
const COMPLAINT_MAX = 2048;

type Helper = ChildProcessByStdio<Writable, Readable, Readable>;

export interface HelperOptions extends CaptureOptions {
  /** The program. */
  path: string;
}

function argumentsOf(options: CaptureOptions): string[] {
  const { interface: name, filter, snaplen, promiscuous, bufferMiB } = checkOptions(options);
  return [
    ...['--interface', name, '--snaplen', String(snaplen), '--buffer-mb', String(bufferMiB)],
    ...(filter.trim() === '' ? [] : ['--filter', filter]),
    ...(promiscuous ? [] : ['--no-promiscuous']),
  ];
}

/** What an exit code or an error frame means, in words and with a cure. */
export function helperError(code: number | null, said: string, options: CaptureOptions): CaptureError {
  const name = options.interface;
  switch (code) {
    case FAILURE.INTERFACE:
      return new CaptureError('no-interface', `there is no interface ${name}`, 'See: sonde interfaces');
    case FAILURE.FILTER:
      return new CaptureError(
        'bad-filter',
        `the filter is not understood: ${said}`,
        'Write it as for tcpdump, e.g. "not port 22".',
      );
    case FAILURE.PERMISSION:
      return new CaptureError('no-permission', `no permission to capture on ${name}`, 'See: sonde interfaces');
    case FAILURE.GONE:
      return new CaptureError('interface-gone', `interface ${name} is gone`, 'Plug it in again, or choose another.');
    case FAILURE.DOWN:
      return new CaptureError('interface-down', `interface ${name} is down`, `Type: sudo ip link set ${name} up`);
    case FAILURE.PRIVILEGES:
      return new CaptureError('capture-failed', `the capture helper refused to start: ${said}`, 'Reinstall it.');
    default:
      return new CaptureError(
        'capture-failed',
        `capturing on ${name} failed: ${said || 'no reason given'}`,
        'Try again.',
      );
  }
}

/** @throws CaptureError for the reasons that Node tells at once rather than later, EPERM among them */
function startHelper(path: string, args: readonly string[]): Helper {
  try {
    // In a session of its own: a signal to our group is ours to act on, and the end of its input is what ends it.
    return spawn(path, args, { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const why = `the capture helper may not be started here: ${said}`;
    throw new CaptureError('no-permission', why, 'See: sonde interfaces', { cause: error });
  }
}

export class HelperSource implements CaptureSource {
  started!: CaptureStarted;
  statistics: CaptureStatistics = { received: 0, droppedKernel: 0, droppedInterface: null, sec: 0, nano: 0, up: true };
  private readonly options: HelperOptions;
  private readonly child: Helper;
  private readonly parser: FrameParser;
  private readonly queue = new EventQueue(() => this.resume());
  private readonly closed: Promise<void>;
  private watch: NodeJS.Timeout | undefined;
  private complaint = '';
  private failure: CaptureError | undefined;
  private reason: number | undefined;
  private paused = false;
  private ended = false;
  private silent = false;
  private lastFrame = performance.now();
  private onStart: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  private constructor(child: Helper, options: HelperOptions) {
    this.options = options;
    this.child = child;
    this.parser = new FrameParser({
      started: (frame) => this.onStarted(frame),
      packets: (batch) => this.onPackets(batch),
      statistics: (frame) => this.onStatistics(frame),
      error: (code, said) => this.onError(code, said),
      end: (reason) => (this.reason = reason),
    });
    this.closed = new Promise((resolve) => child.once('close', () => resolve()));
    child.stdout.on('data', (chunk: Buffer) => this.onData(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      if (this.complaint.length < COMPLAINT_MAX) this.complaint += chunk.toString('utf8', 0, COMPLAINT_MAX);
    });
    // It may be gone when it is told to stop: then its end says everything.
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => this.lost(`the capture helper does not start: ${error.message}`));
    child.once('close', (code, signal) => this.onClose(code, signal));
  }

  /**
   * Starts a capture; resolves when the device is open, its privileges are gone and the first frame has come.
   * @throws CaptureError
   */
  static async open(options: HelperOptions): Promise<HelperSource> {
    const args = argumentsOf(options);
    const trust = await checkTrust(options.path);
    if (!trust.ok) {
      throw new CaptureError(
        'helper-refused',
        `the capture helper is not run: ${trust.why}`,
        'Install it again, as root.',
      );
    }
    const child = startHelper(trust.path, args);
    const source = new HelperSource(child, options);
    try {
      await source.begin();
      return source;
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  private async begin(): Promise<void> {
    const late = setTimeout(() => this.lost('the capture helper does not answer'), START_LIMIT_MS);
    try {
      await new Promise<void>((resolve, reject) => (this.onStart = { resolve, reject }));
    } finally {
      clearTimeout(late);
    }
    this.watch = setInterval(() => this.look(), 300);
  }

  next(): ReturnType<EventQueue['next']> {
    return this.queue.next();
  }

  release(batch: PacketBatch): void {
    this.parser.release(batch);
  }

  queued(): number {
    return this.queue.packets;
  }

  stop(): void {
    if (this.ended || this.child.stdin.writableEnded) return;
    this.child.stdin.end('S');
    setTimeout(() => this.kill(), STOP_LIMIT_MS).unref();
  }

  async close(): Promise<void> {
    this.finish();
    this.child.stdin.destroy();
    this.child.stdout.destroy();
    if (this.child.pid === undefined) return;
    const late = setTimeout(() => this.kill(), STOP_LIMIT_MS);
    await this.closed;
    clearTimeout(late);
  }

  private kill(): void {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
  }

  private onData(chunk: Buffer): void {
    if (this.ended) return;
    this.lastFrame = performance.now();
    try {
      this.parser.push(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return this.lost(error.message);
    }
    if (this.queue.full && !this.paused) {
      this.paused = true;
      this.child.stdout.pause();
    }
  }

  private resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.lastFrame = performance.now();
    this.child.stdout.resume();
  }

  private onStarted(frame: StartedFrame): void {
    const { link, snaplen, nanoseconds, boundingDropped, bufferMiB } = frame;
    const bounding = boundingDropped ? 'empty' : 'as the user has it, made void by no_new_privs';
    this.started = {
      interface: this.options.interface,
      engine: 'helper',
      link,
      snaplen,
      kernelTimestamps: true,
      detail: `buffer ${bufferMiB} MiB, ${nanoseconds ? 'nanoseconds' : 'microseconds'}, bounding set ${bounding}`,
    };
    this.onStart?.resolve();
  }

  private onPackets(batch: PacketBatch): void {
    this.statistics.received += batch.count;
    this.queue.push({ kind: 'packets', batch });
  }

  private onStatistics(frame: StatisticsFrame): void {
    const { droppedKernel, droppedInterface, sec, nano, up } = frame;
    const before = this.statistics;
    if (before.sec > 0 && Math.abs(sec - before.sec) > SLEPT_S && !this.silent) {
      const message = `The clock went on by ${sec - before.sec} seconds at once: the computer slept, or its clock was set.`;
      this.queue.push({ kind: 'notice', code: 'slept', message });
    }
    if (up && !before.up) {
      this.queue.push({
        kind: 'notice',
        code: 'interface-up',
        message: `Interface ${this.options.interface} is up again.`,
      });
    }
    this.silent = false;
    this.statistics = { received: before.received, droppedKernel, droppedInterface, sec, nano, up };
    this.queue.push({ kind: 'statistics', statistics: this.statistics });
  }

  private onError(code: number, said: string): void {
    if (code !== FAILURE.DOWN) {
      this.failure = helperError(code, said, this.options);
      return;
    }
    // It may be up again before the next statistics.
    this.statistics = { ...this.statistics, up: false };
    const message = `Interface ${this.options.interface} is down; the capture goes on when it is up again.`;
    this.queue.push({ kind: 'notice', code: 'interface-down', message });
  }

  /** Nothing for too long, though we were reading: stopped, or starved. */
  private look(): void {
    const quiet = performance.now() - this.lastFrame;
    if (this.paused || this.silent || quiet < SILENT_MS) return;
    this.silent = true;
    const message = `Nothing was heard of the capture helper for ${(quiet / 1000).toFixed(1)} seconds.`;
    this.queue.push({ kind: 'notice', code: 'silent', message });
  }

  private onClose(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.ended) return;
    const said = text(Buffer.from(this.complaint), 300).replace(/^sonde-capture: /, '');
    if (this.reason === END.STOP || this.reason === END.INPUT) return this.finish();
    if (this.reason === undefined && this.failure === undefined) {
      if (this.onStart && code !== null && code !== 0 && !this.watch) {
        return this.finish(helperError(code, said, this.options));
      }
      return this.lost(`the capture helper ended unasked (${signal ?? `code ${code ?? '?'}`}${said && `: ${said}`})`);
    }
    this.finish(this.failure ?? helperError(FAILURE.CAPTURE, said, this.options));
  }

  private lost(what: string): void {
    this.finish(new CaptureError('helper-lost', what, 'Start the capture again.'));
    this.kill();
  }

  private finish(error: CaptureError | null = null): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.watch);
    const reason = error === null ? 'stopped' : error.code === 'interface-gone' ? 'interface-gone' : 'failed';
    this.queue.push({ kind: 'end', reason, error });
    this.onStart?.reject(error ?? new CaptureError('helper-lost', 'the capture was ended', 'Start it again.'));
  }
}
