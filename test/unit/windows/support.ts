/** Segments and flow events built by hand, for the windows stage. */
import { makeFlowEventBatch, type FlowEventBatch, type FlowTable } from '../../../src-main/meter/flows/types.ts';
import { flowSchema } from '../../../src-main/meter/flows/types.ts';
import { makeColumns } from '../../../src-main/meter/columns.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { makeSegmentBatch, PROTO, type SegmentBatch } from '../../../src-main/meter/packets/types.ts';
import type { ProtocolMessage } from '../../../src-main/meter/protocols/types.ts';
import { makeWindowStage } from '../../../src-main/meter/windows/stage.ts';
import {
  makeHostWindowBatch,
  makePulseBatch,
  type HostWindowBatch,
  type PulseBatch,
  type WindowStageOptions,
} from '../../../src-main/meter/windows/types.ts';

export interface Packet {
  sec: number;
  from: number;
  to: number;
  proto?: number;
  srcPort?: number;
  dstPort?: number;
  bytes?: number;
  payload?: number;
  tcpFlags?: number;
  flags?: number;
}

export interface Event {
  kind: number;
  sec: number;
  from: number;
  to: number;
  port?: number;
  proto?: number;
}

/** 10.x.y.z for a small number. */
export function words(host: number): Uint32Array {
  return new Uint32Array([0, 0, 0xffff, (0x0a000000 + host) >>> 0]);
}

export class Bench {
  readonly hosts = new HostTable();
  readonly stage;
  windows: HostWindowBatch = makeHostWindowBatch(4);
  pulses: PulseBatch = makePulseBatch(4);

  constructor(options: Partial<WindowStageOptions> = {}) {
    this.stage = makeWindowStage({ hosts: this.hosts, ...options });
  }

  feed(packets: readonly Packet[], events: readonly Event[] = [], messages: readonly ProtocolMessage[] = []): void {
    this.stage.process(this.segments(packets), this.table(events), messages);
    this.stage.drain(this.windows, this.pulses);
  }

  finish(): void {
    this.stage.finish();
    this.stage.drain(this.windows, this.pulses);
  }

  id(host: number): number {
    return this.hosts.intern(words(host), 0);
  }

  /** Row of a window, or -1. */
  window(host: number, length: number, start: number): number {
    const c = this.windows.columns;
    for (let i = 0; i < this.windows.count; i++) {
      if (c.host[i] === this.id(host) && c.length[i] === length && c.start[i] === start) return i;
    }
    return -1;
  }

  pulse(host: number, second: number): number {
    const c = this.pulses.columns;
    for (let i = 0; i < this.pulses.count; i++) if (c.host[i] === this.id(host) && c.second[i] === second) return i;
    return -1;
  }

  private segments(packets: readonly Packet[]): SegmentBatch {
    const batch = makeSegmentBatch(Math.max(1, packets.length));
    batch.count = packets.length;
    const c = batch.columns;
    packets.forEach((packet, i) => {
      c.src.set(words(packet.from), i * 4);
      c.dst.set(words(packet.to), i * 4);
      c.sec[i] = packet.sec;
      c.proto[i] = packet.proto ?? PROTO.TCP;
      c.srcPort[i] = packet.srcPort ?? 40_000;
      c.dstPort[i] = packet.dstPort ?? 80;
      c.ipLength[i] = packet.bytes ?? 40;
      c.payloadLength[i] = packet.payload ?? 0;
      c.tcpFlags[i] = packet.tcpFlags ?? 16;
      c.flags[i] = packet.flags ?? 0;
      c.slot[i] = -1;
    });
    return batch;
  }

  private table(events: readonly Event[]): FlowTable {
    const batch: FlowEventBatch = makeFlowEventBatch(Math.max(1, events.length));
    batch.count = events.length;
    const c = batch.columns;
    events.forEach((event, i) => {
      c.kind[i] = event.kind;
      c.sec[i] = event.sec;
      c.origHost[i] = this.id(event.from);
      c.respHost[i] = this.id(event.to);
      c.respPort[i] = event.port ?? 80;
      c.proto[i] = event.proto ?? PROTO.TCP;
    });
    return {
      events: batch,
      live: makeColumns(flowSchema, 1),
      statistics: { active: 0, peak: 0, flows: 0, cutShort: 0 },
      process: () => {},
      advance: () => {},
      drain: () => {},
      finish: () => {},
      close: () => {},
    };
  }
}
