/** Packets made by hand, and what rules say of them. */
import type { SignatureReport } from '../../../src-main/detect/signatures/engine/contract.ts';
import { RuleEngine } from '../../../src-main/detect/signatures/engine/engine.ts';
import { emptyRuleSet, orderRules, parseRules, type RuleSet } from '../../../src-main/detect/signatures/rules/parse.ts';
import { makePacketBatch, type PacketBatch } from '../../../src-main/meter/packets/types.ts';
import { makeMeter } from '../../../src-main/run/pipeline/meter.ts';
import { ethernet, frame, ipv4, tcp, udp } from '../../generator/frames.ts';

const ETHERNET = 1;
/** Seconds since 1970 of the first packet. */
const BEGIN = 1_700_000_000;

export const CLIENT = '192.168.1.10';
export const SERVER = '203.0.113.5';
const PORT = 40_000;

export function rulesOf(...texts: string[]): RuleSet {
  const set = emptyRuleSet();
  parseRules(texts.join('\n'), 'test.rules', set);
  orderRules(set);
  return set;
}

/** One after the other, `gap` seconds apart, in batches of `batch`. */
export function run(set: RuleSet, frames: readonly Uint8Array[], gap = 0.01, batch = frames.length): SignatureReport {
  const meter = makeMeter();
  const engine = new RuleEngine({ set, hosts: meter.hosts });
  meter.onSegments = (packets, segments, table) => engine.packets(packets, segments, table);
  for (let from = 0; from < frames.length; from += batch)
    engine.observe(meter.push(batchOf(frames.slice(from, from + batch), from, gap)));
  engine.observe(meter.finish());
  engine.finish();
  return engine.report();
}

/** Packets `gap` seconds apart, of which the first is the one numbered `from`. */
export function batchOf(frames: readonly Uint8Array[], from: number, gap = 0.01): PacketBatch {
  const packets = makePacketBatch(Buffer.concat(frames), frames.length);
  let offset = 0;
  for (const [row, one] of frames.entries()) {
    const time = (from + row) * gap;
    packets.columns.offset[row] = offset;
    packets.columns.captured[row] = packets.columns.wire[row] = one.length;
    packets.columns.sec[row] = BEGIN + Math.floor(time);
    packets.columns.nano[row] = Math.round((time % 1) * 1e9);
    packets.columns.link[row] = ETHERNET;
    offset += one.length;
  }
  packets.count = frames.length;
  return packets;
}

/** Alerts by sid. */
export function alerts(rules: string | RuleSet, frames: readonly Uint8Array[], gap?: number): Record<number, number> {
  const set = typeof rules === 'string' ? rulesOf(rules) : rules;
  const { signatures } = run(set, frames, gap);
  return Object.fromEntries(signatures.map(({ sid, count }) => [sid, count]));
}

/** A connection: what each side sends, with sequence numbers that it counts itself. */
export class Talk {
  readonly frames: Uint8Array[] = [];
  private readonly next = { up: 1000, down: 5000 };
  private readonly port: number;
  private readonly client: number;

  constructor(port = 80, client = PORT) {
    this.port = port;
    this.client = client;
  }

  open(): this {
    this.packet('up', 'S', '');
    this.next.up++;
    this.packet('down', 'SA', '');
    this.next.down++;
    this.packet('up', 'A', '');
    return this;
  }

  up(data: string | Uint8Array): this {
    return this.send('up', data);
  }

  down(data: string | Uint8Array): this {
    return this.send('down', data);
  }

  close(): this {
    this.packet('up', 'FA', '');
    this.next.up++;
    this.packet('down', 'FA', '');
    this.next.down++;
    this.packet('up', 'A', '');
    return this;
  }

  /** A packet that says only that others came. */
  quiet(side: 'up' | 'down' = 'up'): this {
    this.packet(side, 'A', '');
    return this;
  }

  /** A segment at a place of the stream (0: its first byte), whatever was sent before. */
  at(place: number, data: string): this {
    this.packet('up', 'PA', data, 1001 + place);
    return this;
  }

  private send(side: 'up' | 'down', data: string | Uint8Array): this {
    this.packet(side, 'PA', data);
    this.next[side] += data.length;
    return this;
  }

  private packet(side: 'up' | 'down', flags: string, data: string | Uint8Array, seq = this.next[side]): void {
    const isUp = side === 'up';
    const ends = isUp ? { src: CLIENT, dst: SERVER } : { src: SERVER, dst: CLIENT };
    const ports = isUp ? { sport: this.client, dport: this.port } : { sport: this.port, dport: this.client };
    const ack = flags.includes('A') ? this.next[isUp ? 'down' : 'up'] : 0;
    const payload = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    this.frames.push(frame(ethernet(), ipv4(ends), tcp({ ...ports, seq, ack, flags }), payload));
  }
}

export function datagram(data: string, options: { dport?: number; src?: string; dst?: string } = {}): Uint8Array {
  const { dport = 9999, src = CLIENT, dst = SERVER } = options;
  return frame(ethernet(), ipv4({ src, dst }), udp({ sport: PORT, dport }), Buffer.from(data, 'latin1'));
}
