/**
 * Packets by Wireshark's dumpcap, where it is installed and this user may run it. Its timestamps are the kernel's;
 * what it lost it tells only when it ends.
 */
import { spawn, type ChildProcessByStdio, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { InterfaceNumbers } from '../../packets/formats/format.ts';
import { PcapngParser } from '../../packets/formats/pcapng.ts';
import type { PacketBatch } from '../../packets/types.ts';
import { WarningList } from '../../packets/warning-list.ts';
import { text } from '../client/protocol.ts';
import { EventQueue } from '../event-queue.ts';
import {
  CaptureError,
  checkOptions,
  type CaptureOptions,
  type CaptureSource,
  type CaptureStarted,
  type CaptureStatistics,
} from '../types.ts';
import { StreamWindow } from './stream-window.ts';

/** Where installers put it. PATH is not searched: what runs here sees all traffic. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  linux: ['/usr/bin/dumpcap', '/usr/sbin/dumpcap', '/usr/local/bin/dumpcap'],
  darwin: ['/Applications/Wireshark.app/Contents/MacOS/dumpcap', '/opt/homebrew/bin/dumpcap'],
  win32: ['C:\\Program Files\\Wireshark\\dumpcap.exe'],
};
const SECOND_MS = 1000;
const STOP_LIMIT_MS = 3000;
/** It says so on standard error once the device is open. */
const STARTED = /^File: /m;
const COMPLAINT_MAX = 4096;

/** How long it may take to say whether it may, ms. */
const ASKED_MS = 2000;

/** The one that is installed, that this user may run, and that may capture for this user. */
export function findDumpcap(): string | undefined {
  return PLACES[process.platform]?.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile() && mayCapture(path);
    } catch {
      return false;
    }
  });
}

/** Without its capability it starts all the same, and is refused by the kernel: only trying tells. */
function mayCapture(path: string): boolean {
  if (process.platform !== 'linux') return true;
  return spawnSync(path, ['-L', '-i', 'lo'], { stdio: 'ignore', timeout: ASKED_MS }).status === 0;
}

export interface DumpcapOptions extends CaptureOptions {
  path: string;
  /** Milliseconds since 1970 UTC. */
  now: () => number;
}

/** @throws CaptureError */
export async function openDumpcap(options: DumpcapOptions): Promise<CaptureSource> {
  const source = new DumpcapSource(options);
  try {
    await source.ready;
    return source;
  } catch (error) {
    await source.close();
    throw error;
  }
}

class DumpcapSource implements CaptureSource {
  readonly started: CaptureStarted;
  readonly ready: Promise<void>;
  statistics: CaptureStatistics;
  private readonly name: string;
  private readonly now: () => number;
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;
  private readonly window = new StreamWindow(new PcapngParser(0, new InterfaceNumbers(), new WarningList()));
  private readonly queue = new EventQueue(() => this.child.stdout.resume());
  private readonly closed: Promise<void>;
  private readonly ticking: NodeJS.Timeout;
  private received = 0;
  private said = '';
  private isStopping = false;
  private isReady = false;
  private ended = false;
  private rejectStart: (error: CaptureError) => void = () => undefined;

  constructor(options: DumpcapOptions) {
    const { interface: name, filter, snaplen, promiscuous, bufferMiB } = checkOptions(options);
    // A name that begins with a dash would be read as an option.
    if (name.startsWith('-'))
      throw new CaptureError('no-interface', `there is no interface ${name}`, 'See: sonde interfaces');
    const args = ['-i', name, '-s', String(snaplen), '-B', String(bufferMiB), '-w', '-', '-n'];
    if (filter !== '') args.push('-f', filter);
    if (!promiscuous) args.push('-p');
    this.name = name;
    this.now = options.now;
    this.statistics = this.count(null);
    this.started = {
      interface: name,
      engine: 'dumpcap',
      link: null,
      snaplen,
      kernelTimestamps: true,
      detail: `${options.path}; drops are known at the end only`,
    };
    const place = process.platform === 'win32' ? {} : { cwd: '/', detached: true };
    // In a group of its own: Ctrl-C in our terminal is ours to answer, and it ends when we say so.
    this.child = spawn(options.path, args, { env: { LC_ALL: 'C' }, stdio: ['ignore', 'pipe', 'pipe'], ...place });
    this.closed = new Promise((resolve) => this.child.once('close', () => resolve()));
    this.ready = new Promise((resolve, reject) => {
      this.rejectStart = reject;
      this.child.stderr.on('data', (chunk: Buffer) => {
        if (this.said.length < COMPLAINT_MAX) this.said += chunk.toString('utf8', 0, COMPLAINT_MAX);
        if (!STARTED.test(this.said)) return;
        this.isReady = true;
        resolve();
      });
    });
    this.child.stdout.on('data', (chunk: Buffer) => this.onData(chunk));
    this.child.once('error', (error) => this.finish(this.failed(error.message)));
    this.child.once('close', () => this.onClose());
    this.ticking = setInterval(() => this.tick(null), SECOND_MS);
  }

  next(): ReturnType<EventQueue['next']> {
    return this.queue.next();
  }

  /** Its batches lie in memory that arrived with them. */
  release(_batch: PacketBatch): void {}

  queued(): number {
    return this.queue.packets;
  }

  stop(): void {
    if (this.isStopping || this.ended) return;
    this.isStopping = true;
    this.child.kill('SIGINT');
    setTimeout(() => this.kill(), STOP_LIMIT_MS).unref();
  }

  async close(): Promise<void> {
    this.stop();
    this.finish(null);
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
    for (const batch of this.window.push(chunk)) {
      this.received += batch.count;
      this.queue.push({ kind: 'packets', batch });
    }
    if (this.window.stopped) this.finish(this.failed('its output cannot be read'));
    if (this.queue.full) this.child.stdout.pause();
  }

  private tick(droppedKernel: number | null): void {
    this.statistics = this.count(droppedKernel);
    this.queue.push({ kind: 'statistics', statistics: this.statistics });
  }

  private count(droppedKernel: number | null): CaptureStatistics {
    const ms = this.now();
    const sec = Math.floor(ms / 1000);
    const nano = Math.round((ms - sec * 1000) * 1e6);
    return { received: this.received, droppedKernel, droppedInterface: null, sec, nano, up: true };
  }

  private onClose(): void {
    if (this.ended) return;
    const counts = /received\/dropped on interface .*: \d+\/(\d+)/.exec(this.said);
    this.tick(counts ? Number(counts[1]) : null);
    this.finish(this.isStopping ? null : this.failed(text(Buffer.from(this.said), 400)));
  }

  private failed(said: string): CaptureError {
    const { name } = this;
    if (/permission|not permitted|privilege/i.test(said)) {
      return new CaptureError('no-permission', `dumpcap may not capture on ${name}`, 'See: sonde interfaces');
    }
    if (/filter/i.test(said)) {
      return new CaptureError(
        'bad-filter',
        'the filter is not understood',
        'Write it as for tcpdump, e.g. "not port 22".',
      );
    }
    if (/no such device|no interface/i.test(said)) {
      return new CaptureError('no-interface', `there is no interface ${name}`, 'See: sonde interfaces');
    }
    if (/is gone|went down|disappeared|no longer/i.test(said)) {
      return new CaptureError('interface-gone', `interface ${name} is gone`, 'Plug it in again, or choose another.');
    }
    return new CaptureError(
      'capture-failed',
      `dumpcap ended: ${said || 'no reason given'}`,
      'Start the capture again.',
    );
  }

  private finish(error: CaptureError | null): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.ticking);
    if (!this.isReady) this.rejectStart(error ?? this.failed('it was stopped'));
    const reason = error === null ? 'stopped' : error.code === 'interface-gone' ? 'interface-gone' : 'failed';
    this.queue.push({ kind: 'end', reason, error });
    if (error !== null) this.kill();
  }
}
