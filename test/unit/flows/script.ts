/** Little captures for the flow table, packet by packet, without bytes. */
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { makeFlowTable } from '../../../src-main/meter/flows/table.ts';
import {
  CONN_STATES,
  HISTORY_MAX,
  makeFlowBatch,
  type FlowBatch,
  type FlowTable,
  type FlowTableOptions,
} from '../../../src-main/meter/flows/types.ts';
import { historyText } from '../../../src-main/meter/flows/history.ts';
import { makePacketBatch, makeSegmentBatch, PROTO, type PacketBatch } from '../../../src-main/meter/packets/types.ts';

export interface Packet {
  /** Seconds since the script's epoch. */
  at: number;
  src: string;
  dst: string;
  sport?: number;
  dport?: number;
  proto?: number;
  /** Letters of SFRPAU. */
  flags?: string;
  seq?: number;
  ack?: number;
  length?: number;
  captured?: number;
  window?: number;
  ipLength?: number;
  vlan?: number;
  tunnel?: number;
  outer?: number;
  bits?: number;
  ttl?: number;
}

export const EPOCH = 1_700_000_000;

const FLAG: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32 };

function putAddress(words: Uint32Array, at: number, text: string): void {
  const parts = text.split('.').map(Number);
  words[at] = 0;
  words[at + 1] = 0;
  words[at + 2] = 0xffff;
  words[at + 3] = ((parts[0]! << 24) | (parts[1]! << 16) | (parts[2]! << 8) | parts[3]!) >>> 0;
}

export function segmentsOf(packets: readonly Packet[]) {
  const batch = makeSegmentBatch(Math.max(1, packets.length));
  const c = batch.columns;
  packets.forEach((p, i) => {
    const proto = p.proto ?? PROTO.TCP;
    const header = proto === PROTO.TCP ? 20 : 8;
    const length = p.length ?? 0;
    c.packet[i] = 0;
    c.outer[i] = p.outer ?? -1;
    putAddress(c.src, i * 4, p.src);
    putAddress(c.dst, i * 4, p.dst);
    c.srcPort[i] = p.sport ?? 0;
    c.dstPort[i] = p.dport ?? 0;
    c.proto[i] = proto;
    c.flags[i] = p.bits ?? 0;
    c.tunnel[i] = p.tunnel ?? 0;
    c.ttl[i] = p.ttl ?? 64;
    c.vlan[i] = p.vlan ?? 0;
    c.ipLength[i] = p.ipLength ?? 20 + header + length;
    c.network[i] = 0;
    c.transport[i] = 20;
    c.payload[i] = 20 + header;
    c.payloadLength[i] = length;
    c.payloadCaptured[i] = p.captured ?? length;
    for (const letter of p.flags ?? '') c.tcpFlags[i] = c.tcpFlags[i]! | FLAG[letter]!;
    c.tcpSeq[i] = (p.seq ?? 0) >>> 0;
    c.tcpAck[i] = (p.ack ?? 0) >>> 0;
    c.tcpWindow[i] = p.window ?? 1000;
    const whole = Math.floor(p.at);
    c.sec[i] = EPOCH + whole;
    c.nano[i] = Math.round((p.at - whole) * 1e9);
  });
  batch.count = packets.length;
  return batch;
}

export interface Row {
  orig: string;
  resp: string;
  state: string;
  history: string;
  origPkts: number;
  respPkts: number;
  origIpBytes: number;
  respIpBytes: number;
  origBytes: number | null;
  respBytes: number | null;
  missed: number;
  duration: number;
  end: number;
}

function text(words: Uint32Array, at: number, port: number): string {
  const d = words[at + 3]!;
  return `${d >>> 24}.${(d >>> 16) & 255}.${(d >>> 8) & 255}.${d & 255}:${port}`;
}

export function rowsOf(batch: FlowBatch): Row[] {
  const c = batch.columns;
  return Array.from({ length: batch.count }, (_, i) => ({
    orig: text(c.orig, i * 4, c.origPort[i]!),
    resp: text(c.resp, i * 4, c.respPort[i]!),
    state: CONN_STATES[c.connState[i]!]!,
    history: historyText(c.history, i * HISTORY_MAX, c.historyLength[i]!),
    origPkts: c.origPkts[i]!,
    respPkts: c.respPkts[i]!,
    origIpBytes: c.origIpBytes[i]!,
    respIpBytes: c.respIpBytes[i]!,
    origBytes: c.hasBytes[i] === 0 ? null : c.origBytes[i]!,
    respBytes: c.hasBytes[i] === 0 ? null : c.respBytes[i]!,
    missed: c.missedBytes[i]!,
    duration: c.lastSec[i]! - c.sec[i]! + (c.lastNano[i]! - c.nano[i]!) / 1e9,
    end: c.end[i]!,
  }));
}

/** A table that is fed packet by packet, each as a batch of its own. */
export class Bench {
  readonly table: FlowTable;
  readonly hosts = new HostTable();
  readonly flows = makeFlowBatch(4);
  readonly nothing: PacketBatch = makePacketBatch(new Uint8Array(0), 1);

  constructor(options: Partial<FlowTableOptions> = {}) {
    this.table = makeFlowTable({ hosts: this.hosts, ...options });
  }

  feed(...packets: Packet[]): void {
    for (const packet of packets) {
      this.table.process(this.nothing, segmentsOf([packet]));
      this.table.drain(this.flows, () => undefined);
    }
  }

  /** Ends the capture; rows in the order of their first packets. */
  rows(): Row[] {
    this.table.finish();
    this.table.drain(this.flows, () => undefined);
    const ids = this.flows.columns.id;
    return rowsOf(this.flows)
      .map((row, i) => ({ row, id: ids[i]! }))
      .sort((a, b) => a.id - b.id)
      .map(({ row }) => row);
  }
}

export function flowsOf(packets: readonly Packet[], options: Partial<FlowTableOptions> = {}): Row[] {
  const bench = new Bench(options);
  bench.feed(...packets);
  return bench.rows();
}

export const CLIENT = '10.0.0.1';
export const SERVER = '10.0.0.2';
export const ISN = 1000;
export const SERVER_ISN = 5000;

/** A packet from the client's port 40000 to the server's port `port`, or back. */
export function client(at: number, flags: string, seq = 0, ack = 0, length = 0, more: Partial<Packet> = {}): Packet {
  return {
    at,
    src: CLIENT,
    dst: SERVER,
    sport: 40000,
    dport: 9999,
    flags,
    seq: ISN + seq,
    ack: SERVER_ISN + ack,
    length,
    ...more,
  };
}

export function server(at: number, flags: string, seq = 0, ack = 0, length = 0, more: Partial<Packet> = {}): Packet {
  return {
    at,
    src: SERVER,
    dst: CLIENT,
    sport: 9999,
    dport: 40000,
    flags,
    seq: SERVER_ISN + seq,
    ack: ISN + ack,
    length,
    ...more,
  };
}

export const HANDSHAKE: Packet[] = [client(0, 'S'), server(0.1, 'SA', 0, 1), client(0.2, 'A', 1, 1)];
