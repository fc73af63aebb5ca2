/** What happened since the last tick of a live capture, in figures; costs two additions a packet. */
import type { LiveTick } from '../../../../src-shared/domain/live.ts';
import { sizeClass, SIZE_CLASSES } from '../../../../src-shared/domain/packet-sizes.ts';
import type { Observations } from '../../../detect/types.ts';
import { protoWord } from '../../../keep/store/queries/protocols.ts';
import type { FlowBatch } from '../../../meter/flows/types.ts';
import { FLOW_EVENT } from '../../../meter/flows/types.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import type { PacketBatch } from '../../../meter/packets/types.ts';
import { Latencies } from './latencies.ts';

const TALKERS = 10;
const PROTOCOLS = 12;
/** Seconds over which talkers and protocols are summed. */
const SPAN = 60;
/** Hosts, names summed at once; more are left out until the next span. */
const NAMES = 4096;

interface Sum {
  bytesOut: number;
  bytesIn: number;
}

/** Sums of the current span and the one before, so that a minute is always covered. */
class Halves<V> {
  private now = new Map<number | string, V>();
  private before = new Map<number | string, V>();
  private since = NaN;

  at(key: number | string, make: () => V): V | undefined {
    const known = this.now.get(key);
    if (known || this.now.size >= NAMES) return known;
    const made = make();
    this.now.set(key, made);
    return made;
  }

  turn(second: number): void {
    if (second - this.since < SPAN) return;
    this.since = second;
    this.before = this.now;
    this.now = new Map();
  }

  *entries(): Generator<[number | string, V]> {
    yield* this.before;
    yield* this.now;
  }
}

export type TickFigures = Pick<
  LiveTick,
  'bytes' | 'flowsOpened' | 'flowsEnded' | 'anomalousFlows' | 'sizes' | 'protocols' | 'talkers' | 'handshake' | 'dns'
>;

export class Rates {
  /** Since the start. */
  packets = 0;
  bytes = 0;
  flows = 0;
  private readonly latencies = new Latencies();
  private readonly talkers = new Halves<Sum>();
  private readonly protocols = new Halves<{ bytes: number }>();
  private sizes = SIZE_CLASSES.map(() => 0);
  private opened = 0;
  private ended = 0;
  private anomalous = 0;

  addPackets({ count, columns: { wire } }: PacketBatch): void {
    this.packets += count;
    for (let i = 0; i < count; i++) {
      this.bytes += wire[i]!;
      this.sizes[sizeClass(wire[i]!)]!++;
    }
  }

  observe(seen: Observations): void {
    this.latencies.observe(seen);
    const { kind } = seen.events.columns;
    for (let i = 0; i < seen.events.count; i++) if (kind[i] === FLOW_EVENT.OPEN) this.opened++;
    const { host, bytesIn, bytesOut } = seen.pulses.columns;
    this.talkers.turn(seen.now);
    this.protocols.turn(seen.now);
    for (let i = 0; i < seen.pulses.count; i++) {
      const sum = this.talkers.at(host[i]!, () => ({ bytesOut: 0, bytesIn: 0 }));
      if (!sum) continue;
      sum.bytesIn += bytesIn[i]!;
      sum.bytesOut += bytesOut[i]!;
    }
  }

  /** Flows that ended, as they were scored. */
  addFlows(batch: FlowBatch, anomalous: Uint8Array | undefined): void {
    const { proto, origIpBytes, respIpBytes } = batch.columns;
    this.ended += batch.count;
    for (let row = 0; row < batch.count; row++) {
      if (anomalous?.[row] === 1) this.anomalous++;
      const meta = batch.meta[row];
      const name = meta?.app || meta?.service || protoWord(proto[row]!);
      const sum = this.protocols.at(name, () => ({ bytes: 0 }));
      if (sum) sum.bytes += origIpBytes[row]! + respIpBytes[row]!;
    }
  }

  /** Figures since the last call. `now`: packet time, seconds. */
  take(now: number, hosts: HostTable): TickFigures {
    this.flows += this.opened;
    const figures: TickFigures = {
      bytes: this.bytes,
      flowsOpened: this.opened,
      flowsEnded: this.ended,
      anomalousFlows: this.anomalous,
      sizes: this.sizes,
      protocols: this.topProtocols(),
      talkers: this.topTalkers(hosts),
      ...this.latencies.summary(now),
    };
    this.sizes = SIZE_CLASSES.map(() => 0);
    this.opened = this.ended = this.anomalous = 0;
    return figures;
  }

  private topProtocols(): { name: string; bytes: number }[] {
    const sums = new Map<string, number>();
    for (const [name, { bytes }] of this.protocols.entries()) {
      sums.set(String(name), (sums.get(String(name)) ?? 0) + bytes);
    }
    return [...sums]
      .map(([name, bytes]) => ({ name, bytes }))
      .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1))
      .slice(0, PROTOCOLS);
  }

  private topTalkers(hosts: HostTable): { address: string; bytesOut: number; bytesIn: number }[] {
    const sums = new Map<number, Sum>();
    for (const [host, sum] of this.talkers.entries()) {
      const known = sums.get(Number(host)) ?? { bytesOut: 0, bytesIn: 0 };
      sums.set(Number(host), { bytesOut: known.bytesOut + sum.bytesOut, bytesIn: known.bytesIn + sum.bytesIn });
    }
    return [...sums]
      .sort(([a, x], [b, y]) => y.bytesIn + y.bytesOut - x.bytesIn - x.bytesOut || a - b)
      .slice(0, TALKERS)
      .map(([host, sum]) => ({ address: hosts.address(host), ...sum }));
  }
}
