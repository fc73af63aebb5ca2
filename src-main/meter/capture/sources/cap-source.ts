/**
 * Packets by the `cap` package, where the user may open devices anyway and there is no helper: Windows, macOS, root.
 * It gives no timestamps of the kernel and no counts of what was lost, and calls JavaScript once a packet: statistics
 * say null, timestamps are those of this process.
 */
import { makePacketBatch, BATCH_PACKETS, type PacketBatch } from '../../packets/types.ts';
import { EventQueue } from '../event-queue.ts';
import {
  CaptureError,
  checkOptions,
  type CaptureOptions,
  type CaptureSource,
  type CaptureStarted,
  type CaptureStatistics,
} from '../types.ts';

/** Its own snap length; longer packets come cut. */
const SNAPLEN = 65_535;
const BATCH_BYTES = 1 << 20;
const FLUSH_MS = 20;
const SECOND_MS = 1000;
/** Names it gives to link types, by LINKTYPE_ number. */
const LINKS = new Map([
  ['NULL', 0],
  ['ETHERNET', 1],
  ['RAW', 101],
  ['LINKTYPE_LINUX_SLL', 113],
  ['IEEE802_11_RADIO', 127],
]);
/**
 * Buffers that it writes into. It keeps no reference of its own: one that was collected while a device is open would
 * be overwritten memory. They stay until their device is closed.
 */
const HELD = new Set<Buffer>();
/**
 * Devices that were closed. It leaves its poll handle in the event loop's list: one that was collected would be walked
 * over when the process ends, and abort it. A few hundred bytes each.
 */
const CLOSED: unknown[] = [];

export interface CapOptions extends CaptureOptions {
  /** Milliseconds since 1970 UTC, with fractions: stamps the packets. */
  now: () => number;
}

type CapClass = (typeof import('cap'))['default']['Cap'];

/** The package, or why it cannot be had. */
export async function loadCap(): Promise<CapClass | Error> {
  try {
    return (await import('cap')).default.Cap;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** @throws CaptureError */
export async function openCap(options: CapOptions): Promise<CaptureSource> {
  const checked = checkOptions(options);
  const Cap = await loadCap();
  if (Cap instanceof Error) {
    throw new CaptureError('no-engine', `the cap package does not load: ${Cap.message}`, 'Type: npm run setup');
  }
  return new CapSource(Cap, checked, options.now);
}

class CapSource implements CaptureSource {
  readonly started: CaptureStarted;
  statistics: CaptureStatistics;
  private readonly queue = new EventQueue(() => undefined);
  private readonly cap: InstanceType<CapClass>;
  private readonly buffer = Buffer.alloc(1 << 16);
  private readonly now: () => number;
  private readonly link: number;
  private readonly snaplen: number;
  private readonly spare: PacketBatch[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  private batch: PacketBatch | undefined;
  private used = 0;
  private packets = 0;
  private skipped = 0;
  private ended = false;

  constructor(Cap: CapClass, options: ReturnType<typeof checkOptions>, now: () => number) {
    this.now = now;
    this.snaplen = Math.min(options.snaplen, SNAPLEN);
    this.statistics = this.count();
    this.cap = new Cap();
    HELD.add(this.buffer);
    let name: string;
    try {
      name = this.cap.open(options.interface, options.filter, options.bufferMiB << 20, this.buffer);
      this.cap.setMinBytes?.(0);
    } catch (error) {
      HELD.delete(this.buffer);
      throw capError(error instanceof Error ? error.message : String(error), options.interface);
    }
    this.link = LINKS.get(name) ?? 1;
    this.started = {
      interface: options.interface,
      engine: 'cap',
      link: this.link,
      snaplen: this.snaplen,
      kernelTimestamps: false,
      detail: `link type ${name}; timestamps are approximate, drops are not known`,
    };
    this.cap.on('packet', (bytes: number) => this.onPacket(bytes));
    this.cap.on('error', (error: Error) => this.finish(capError(error.message, options.interface)));
    this.timers.push(
      setInterval(() => this.flush(), FLUSH_MS),
      setInterval(() => this.tick(), SECOND_MS),
    );
  }

  next(): ReturnType<EventQueue['next']> {
    return this.queue.next();
  }

  release(batch: PacketBatch): void {
    if (this.spare.length < 64) this.spare.push(batch);
  }

  queued(): number {
    return this.queue.packets;
  }

  stop(): void {
    this.finish(null);
  }

  close(): Promise<void> {
    this.finish(null);
    return Promise.resolve();
  }

  /** The package cannot be paused: with a full queue, packets are counted as lost by us. */
  private onPacket(bytes: number): void {
    if (this.ended) return;
    if (this.queue.full) {
      this.skipped++;
      return;
    }
    const captured = Math.min(bytes, this.buffer.length, this.snaplen);
    const batch = this.room(captured);
    const { columns: c } = batch;
    const row = batch.count++;
    const ms = this.now();
    const sec = Math.floor(ms / 1000);
    batch.data.set(this.buffer.subarray(0, captured), this.used);
    c.offset[row] = this.used;
    c.captured[row] = captured;
    c.wire[row] = bytes;
    c.sec[row] = sec;
    c.nano[row] = Math.min(999_999_999, Math.max(0, Math.round((ms - sec * 1000) * 1e6)));
    c.link[row] = this.link;
    this.used += captured;
    this.packets++;
  }

  private room(captured: number): PacketBatch {
    if (this.batch && (this.batch.count === BATCH_PACKETS || this.used + captured > BATCH_BYTES)) this.flush();
    if (this.batch) return this.batch;
    const batch = this.spare.pop() ?? makePacketBatch(new Uint8Array(BATCH_BYTES));
    batch.count = 0;
    batch.first = this.packets;
    this.batch = batch;
    return batch;
  }

  private flush(): void {
    if (!this.batch) return;
    this.queue.push({ kind: 'packets', batch: this.batch });
    this.batch = undefined;
    this.used = 0;
  }

  private tick(): void {
    this.flush();
    this.statistics = this.count();
    this.queue.push({ kind: 'statistics', statistics: this.statistics });
  }

  /** Drops are not known, save those of our own; then at least so many were lost. */
  private count(): CaptureStatistics {
    const ms = this.now();
    const sec = Math.floor(ms / 1000);
    const droppedKernel = this.skipped > 0 ? this.skipped : null;
    const nano = Math.round((ms - sec * 1000) * 1e6);
    return { received: this.packets, droppedKernel, droppedInterface: null, sec, nano, up: true };
  }

  private finish(error: CaptureError | null): void {
    if (this.ended) return;
    this.tick();
    this.ended = true;
    for (const timer of this.timers) clearInterval(timer);
    try {
      this.cap.close();
    } finally {
      HELD.delete(this.buffer);
      CLOSED.push(this.cap);
    }
    const reason = error === null ? 'stopped' : error.code === 'interface-gone' ? 'interface-gone' : 'failed';
    this.queue.push({ kind: 'end', reason, error });
  }
}

function capError(said: string, name: string): CaptureError {
  if (/permission|not permitted/i.test(said)) {
    return new CaptureError('no-permission', `no permission to capture on ${name}`, 'See: sonde interfaces');
  }
  if (/no such device/i.test(said)) {
    return new CaptureError('no-interface', `there is no interface ${name}`, 'See: sonde interfaces');
  }
  if (/syntax error|filter/i.test(said)) {
    return new CaptureError(
      'bad-filter',
      `the filter is not understood: ${said}`,
      'Write it as for tcpdump, e.g. "not port 22".',
    );
  }
  if (/went down|disappeared/i.test(said)) {
    return new CaptureError('interface-gone', `interface ${name} is gone`, 'Plug it in again, or choose another.');
  }
  return new CaptureError('capture-failed', `capturing on ${name} failed: ${said}`, 'Try again.');
}
